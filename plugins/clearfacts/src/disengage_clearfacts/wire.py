"""ClearFacts' answers as they come: unknown fields are ignored, absent ones are empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from disengage import UnexpectedResponseError
from disengage.http.words import shape
from pydantic import BaseModel, ConfigDict, Field, ValidationError

T = TypeVar("T", bound="Record")


class Record(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Accountant(Record):
    """The firm that the token belongs to."""

    name: str | None = None
    company_number: str | None = Field(default=None, validation_alias="companyNumber")


class MailAddress(Record):
    """One inbound address of a dossier."""

    type: str | None = None
    address: str | None = Field(default=None, validation_alias="emailAddress")


class Dossier(Record):
    """One dossier of the firm."""

    name: str | None = None
    company_number: str = Field(default="", validation_alias="companyNumber")
    emails: tuple[MailAddress, ...] | None = None

    @property
    def inbound_addresses(self) -> int:
        """How many inbound mail addresses it has."""
        return sum(1 for entry in self.emails or () if entry.address)


def one(data: Mapping[str, Any], field: str, kind: type[T]) -> T | None:
    """Return the object under ``field``; None where the platform has none.

    Raises:
        UnexpectedResponseError: There is something else.
    """
    found = data.get(field)
    return None if found is None else _record(found, kind, data)


def many(data: Mapping[str, Any], field: str) -> list[Any]:
    """Return the list under ``field`` as it came.

    Raises:
        UnexpectedResponseError: There is something else.
    """
    found = data.get(field)
    if not isinstance(found, list):
        raise _unexpected(data, f"a list under '{field}'")
    return found


def dossiers(rows: list[Any]) -> list[Dossier]:
    """Return the rows of a list of dossiers.

    Raises:
        UnexpectedResponseError: One is something else.
    """
    return [_record(row, Dossier, rows) for row in rows]


def _record(item: Any, kind: type[T], whole: Any) -> T:
    try:
        return kind.model_validate(item)
    except ValidationError:
        raise _unexpected(whole, f"a usable {kind.__name__.lower()}") from None


def _unexpected(whole: Any, expected: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"ClearFacts answered something else than {expected}.",
        sample=shape(json.dumps(whole).encode()),
        remedy="Compare the answer with the schema pages; the interface may have changed.",
    )
