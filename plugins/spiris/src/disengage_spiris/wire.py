"""Spiris' answers as they come: PascalCase, lists in an envelope with ``Meta``, unknown fields ignored.

Fields as in the vendor's specification, https://eaccountingapi.vismaonline.com/scalar/v2 and, for payroll,
https://vlsapi.vismaonline.com/ (read 2026-11-22). Names are read without regard to case.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from disengage import UnexpectedResponseError
from disengage.http.words import shape
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

T = TypeVar("T", bound="Row")

_NEVER_KEPT = "temporaryurl"


def _day(value: Any) -> Any:
    """Take the date of a date-time; none of these fields has a time that matters."""
    return value[:10] if isinstance(value, str) else value


_Day = Annotated[date, BeforeValidator(_day)]


class Row(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        coerce_numbers_to_str=True,
        alias_generator=lambda name: name.replace("_", ""),
        populate_by_name=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return {str(key).lower(): item for key, item in value.items()} if isinstance(value, dict) else value


class CompanyRow(Row):
    """``CompanySettingsApi``: the company that the grant opens."""

    name: str = ""
    corporate_identity_number: str | None = None
    company_status: int | None = None
    product_variant: int | None = None
    accounting_locked_to: _Day | None = None
    accounting_lock_interval: int | None = None


class UserRow(Row):
    """``UserApi``: no role, no main contact, no dates."""

    id: str = Field(min_length=1)
    email: str | None = Field(default=None, repr=False)
    is_active: bool | None = None
    is_current_user: bool | None = None
    is_consultant: bool | None = None


class AppRow(Row):
    """One line of ``/appstore/status``: 0 active, 1 inactive."""

    activation_status: int | None = None


class YearRow(Row):
    """``FiscalYearApi``."""

    id: str = Field(min_length=1)
    start_date: _Day
    end_date: _Day


class FileRow(Row):
    """``DocumentApi`` or an attachment: where its content can be fetched, for a short while."""

    id: str = ""
    name: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    temporary_url: str | None = Field(default=None, repr=False)


class VatReportRow(Row):
    """``VatReportApi``; ``document_id`` is null where no file was made."""

    id: str = Field(min_length=1)
    document_id: str | None = None


class VoucherLine(Row):
    """One row of a voucher, as far as the copy is checked by it."""

    debit_amount: Decimal
    credit_amount: Decimal


class VoucherAttachments(Row):
    """The files on a voucher."""

    attachment_ids: tuple[str, ...] | None = None


class VoucherRow(Row):
    """``VoucherApi``, as far as the copy is checked by it."""

    number_and_number_series: str | None = None
    rows: tuple[VoucherLine, ...]
    attachments: VoucherAttachments | None = None


class IdRow(Row):
    """Anything of which only the id matters here: an employee, a wage run."""

    id: str = Field(min_length=1)


def one(kind: type[T], value: Any, operation: str) -> T:
    """Return ``value`` as ``kind``.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) or "the whole" for item in error.errors()})
        raise unexpected(operation, f"{', '.join(fields)} is not as documented", value) from None


def envelope(value: Any, operation: str) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """Return ``Meta`` and the objects of a list.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    meta = value.get("Meta") if isinstance(value, dict) else None
    rows = value.get("Data") if isinstance(value, dict) else None
    if not isinstance(meta, dict) or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unexpected(operation, "an object with Meta and Data was expected", value)
    return meta, rows


def unexpected(operation: str, why: str, value: Any) -> UnexpectedResponseError:
    """Return the error of an answer that the vendor does not document; it shows no value."""
    return UnexpectedResponseError(
        f"Spiris' answer to '{operation}' cannot be read: {why}.",
        sample=shape(json.dumps(value).encode()),
        remedy="Show the sample to the connector's author.",
    )


def fit_to_keep(value: Any) -> Any:
    """Return ``value`` without the addresses that open a file to whoever has them: they expire, and are never kept."""
    if isinstance(value, dict):
        return {k: fit_to_keep(inner) for k, inner in value.items() if str(k).lower() != _NEVER_KEPT}
    return [fit_to_keep(inner) for inner in value] if isinstance(value, list) else value
