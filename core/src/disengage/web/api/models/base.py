"""What all shapes share: nothing that is not described is told or taken."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

#: A moment, RFC 3339 in UTC.
Moment = Annotated[
    str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", json_schema_extra={"format": "date-time"})
]
#: A date, in the time zone of whom it concerns.
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", json_schema_extra={"format": "date"})]
#: ``sha256:`` and 64 hexadecimal digits.
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: Words of a person, which are kept as evidence.
Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


def _open(schema: dict[str, Any]) -> None:
    """Leave room in the document for fields to come; what is answered today is checked all the same."""
    schema.pop("additionalProperties", None)


class Told(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra=_open)


class Given(BaseModel):
    """Something that is taken: numbers are no texts, and texts no numbers."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(Told):
    """A part of a list.

    Attributes:
        next: What ``after`` is for the next part; null: this is the last one.
    """

    next: str | None
