"""AuditCase's answers as they come: arrays of objects whose columns have numbers for names; unknown ones are kept."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from disengage import UnexpectedResponseError
from disengage.http import Answer
from disengage.http.words import shape
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

T = TypeVar("T", bound="Row")


class Row(BaseModel):
    """One object of an answer.

    Attributes:
        cells: All of it, as it came.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    cells: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _keep_the_cells(cls, value: Any) -> Any:
        return {**value, "cells": value} if isinstance(value, dict) else value


class ClientRow(Row):
    """One client of ``viewdata/clients``.

    Attributes:
        number: Client number.
        name: Name.
        status: *Klantstatus*.
    """

    number: str | None = Field(validation_alias="$col1")
    name: str | None = Field(validation_alias="$col3")
    status: str | None = Field(validation_alias="$col4")


class TaskRow(Row):
    """One open task of ``viewdata/tasks``; it names its client, and has no number of it."""

    client: str | None = Field(validation_alias="Klantnaam")


class DocumentRow(Row):
    """One file that is shared with the client, as ``clientportaldocs`` lists it."""

    id: str = Field(validation_alias="$id")


def rows(answer: Answer, kind: type[T]) -> list[T]:
    """Return the objects of a list; nothing for an empty answer.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    body = answer.json()
    if body is None:
        return []
    if not isinstance(body, list):
        raise _unexpected(body, "a list")
    return [_row(item, kind, body) for item in body]


def total(answer: Answer) -> int | None:
    """Return how many rows there are in all (``Content-RealTotal``); None where the answer does not say."""
    text = answer.headers.get("Content-RealTotal", "").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def _row(item: Any, kind: type[T], body: Any) -> T:
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise _unexpected(body, f"objects with a usable {fields}" if fields else "objects") from None


def _unexpected(body: Any, expected: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"AuditCase answered something else than {expected}.",
        sample=shape(json.dumps(body).encode()),
        remedy="Check 'base_url', and compare the answer with the vendor's documentation.",
    )
