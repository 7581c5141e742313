"""Go's answers as they come: PascalCase, lists without an envelope, unknown fields ignored.

Fields as in the vendor's specification (https://developer.poweroffice.net/endpoints/client-settings/client-administration,
read 2026-11-22). Names are read without regard to case, since the vendor's schema and examples differ in it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from disengage import UnexpectedResponseError
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, field_validator, model_validator

T = TypeVar("T", bound="Row")


def _day(value: Any) -> Any:
    return value[:10] if isinstance(value, str) else value


#: A date, written with or without a time behind it.
Day = Annotated[date, BeforeValidator(_day)]


class Row(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=lambda name: name.replace("_", ""), populate_by_name=True
    )

    @model_validator(mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return {str(key).lower(): item for key, item in value.items()} if isinstance(value, dict) else value


class ClientRow(Row):
    """``ClientDto``: one client of the firm."""

    id: str
    client_name: str | None = None
    organization_number: str | None = None
    is_active: bool | None = None


class UserRow(Row):
    """``UserDto``: one user on one client; ``id`` is null while the invitation is open."""

    id: str | None = None
    email_address: str | None = None
    access_role_id: str | None = None
    from_date: Day | None = None
    to_date: Day | None = None
    status: str | None = None


class IntegrationRow(Row):
    """``ClientIntegrationInformationDto``: the client that a client key belongs to, its modules and our privileges."""

    client_id: str
    client_name: str | None = None
    active_client_subscriptions: tuple[str, ...] | None = None
    valid_privileges: tuple[str, ...] | None = None
    invalid_privileges: tuple[str, ...] | None = None


class OrganizationRow(Row):
    """``OrganizationSettingDto``, as far as the copy is made sure of it."""

    id: str
    name: str | None = None
    legal_name: str | None = None
    organization_number: str | None = None
    email_address: str | None = None


class LockRow(Row):
    """``LockDateSettingsDto``: the day up to which nothing can be posted, that day included; null for none."""

    lock_date: Day | None = None


class LedgerRow(Row):
    """``AccountTransactionDto``, as far as the copy has to understand it; both are always present on a line."""

    voucher_id: str
    amount: Decimal

    @field_validator("amount", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        return str(value) if isinstance(value, float) else value


class PostingRow(LedgerRow):
    """``AccountTransactionDto``, as far as the copy is checked by it; all are always present on a line."""

    account_no: int
    voucher_no: int
    posting_date: Day


class BalanceRow(Row):
    """``TrialBalanceLineDto``: the balance of an account on a day, with the transactions of that day."""

    account_no: int
    balance: Decimal

    @field_validator("balance", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        return str(value) if isinstance(value, float) else value


class DraftRow(Row):
    """``JournalEntryVoucherListItem``: one voucher that is not posted yet."""

    id: str
    originated_from_ehf: bool | None = None


class AttachmentRow(Row):
    """``SalesOrderAttachmentDto``: one file on a sales order."""

    id: int
    file_name: str | None = None


class DocumentationRow(Row):
    """``VoucherDocumentationDto``: what documentation one voucher has."""

    voucher_id: str
    voucher_no: int | None = None
    has_pdf: bool | None = None
    has_ehf: bool | None = None
    has_images: bool | None = None
    has_sales_order_attachments: bool | None = None

    @property
    def downloadable(self) -> bool:
        """Whether the download has anything of it."""
        return bool(self.has_pdf or self.has_ehf or self.has_images)


class RemovalRow(Row):
    """The answer to the removal of the integration."""

    success: bool | None = None


def one(model: type[T], payload: Any, what: str) -> T:
    """Return ``payload`` as ``model``.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) or "the whole" for item in error.errors()})
        raise UnexpectedResponseError(
            f"Go's answer to '{what}' cannot be read: {', '.join(fields)} is not as documented.",
            sample=shape(payload),
            remedy="Show the sample to the connector's author.",
        ) from None


def many(model: type[T], payload: Any, what: str) -> list[T]:
    """Return ``payload``, a plain list, as a list of ``model``.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    return [one(model, item, what) for item in listed(payload, what)]


def listed(payload: Any, what: str) -> list[dict[str, Any]]:
    """Return ``payload`` if it is a plain list of objects.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    if isinstance(payload, list) and all(isinstance(item, dict) for item in payload):
        return payload
    raise UnexpectedResponseError(
        f"Go's answer to '{what}' cannot be read: a plain list of objects was expected.",
        sample=shape(payload),
        remedy="Show the sample to the connector's author.",
    )


def shape(value: Any) -> str:
    """Return the names and types of ``value``, without its values."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shape(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return f"[{shape(value[0])}]" if value else "[]"
    return type(value).__name__
