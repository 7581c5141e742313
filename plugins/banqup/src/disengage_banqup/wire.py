"""Banqup's answers as they come: unknown fields are ignored, lists come bare or in an envelope.

Only ``spaces`` and ``users/me`` are documented. The shape of a client is the contract's (section 1), that of an
extension is ASSUMED: an object with an ``id``.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from disengage import UnexpectedResponseError
from disengage.http import Answer
from disengage.http.words import shape
from pydantic import BaseModel, ConfigDict, Field, ValidationError

T = TypeVar("T", bound="Record")


class Record(BaseModel):
    """One object of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class Space(Record):
    """One space that the app may see."""

    id: str = Field(min_length=1)


class Me(Record):
    """The user that the app acts as; ``status`` is ACTIVE in the vendor's sample."""

    status: str = ""


class ClientRecord(Record):
    """One client of the partner space."""

    id: str = Field(min_length=1)
    name: str | None = None
    company_number: str | None = Field(default=None, validation_alias="companyNumber")
    status: str | None = None


class Extension(Record):
    """One integration of the firm on a client."""

    id: str = Field(min_length=1)


def records(answer: Answer, kind: type[T], envelope: str) -> list[T]:
    """Return the objects of a list, bare or under ``envelope``; nothing for an empty answer.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    body = answer.json()
    found = body.get(envelope) if isinstance(body, dict) else body
    if body is None or answer.status == 404:
        return []
    if not isinstance(found, list):
        raise _unexpected(body, f"a list, bare or under '{envelope}'")
    return [_record(item, kind, body) for item in found]


def record(answer: Answer, kind: type[T]) -> T:
    """Return the one object of an answer.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    body = answer.json()
    return _record(body, kind, body)


def _record(item: Any, kind: type[T], body: Any) -> T:
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise _unexpected(body, f"objects with a usable {fields or 'id'}") from None


def _unexpected(body: Any, expected: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"Banqup answered something else than {expected}.",
        sample=shape(json.dumps(body).encode()),
        remedy="Check the configured operation's path, and compare the answer with the vendor's documentation.",
    )
