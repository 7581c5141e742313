"""What someone asks: end this client, for this reason, from this date, with these choices. Frozen."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator

from disengage.domain.complaints import by_field, complain, sentence
from disengage.domain.identifiers import normalise
from disengage.domain.values import Frozen, digest
from disengage.errors import InputError

_COUNTRY = re.compile(r"[A-Z]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_YEAR_END = "12-31"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _no_number(value: Any) -> Any:
    """Keep a number from being taken for seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and "-" not in value[1:]):
        raise ValueError("is not a date (write 2026-12-31)")
    return value


def _a_country(value: str) -> str:
    if not _COUNTRY.fullmatch(value):
        raise ValueError("must be a country's two capital letters, such as NO or BE")
    return value


def _an_address(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address")
    return value


def _a_day_of_the_year(value: str) -> str:
    try:
        date.fromisoformat(f"2024-{value}")  # a leap year: 29 February may end a financial year
    except ValueError:
        raise ValueError("is not a month and a day (write 06-30)") from None
    return value


def _is_unset(value: Any) -> bool:
    """Leave out what nobody asked for: requests from before these fields keep their digest."""
    return value in (None, False, _YEAR_END)


def _near_our_time(value: date) -> date:
    """Refuse a slip of the pen, and what leaves no room for the day after."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"is not between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


Day = Annotated[date, BeforeValidator(_no_number), AfterValidator(_near_our_time)]


class RequestKind(StrEnum):
    """What is asked for."""

    ENDING = "ending"
    TAKEOVER = "takeover"


class Reason(StrEnum):
    """Why the relationship ends."""

    MOVED_TO_OTHER_FIRM = "moved-to-other-firm"
    CLIENT_STOPPED = "client-stopped"
    FIRM_RESIGNED = "firm-resigned"
    MERGED = "merged"
    OTHER = "other"


class Language(StrEnum):
    """A language that papers are written in."""

    ENGLISH = "en"
    GERMAN = "de"
    DUTCH = "nl"
    NORWEGIAN_BOKMAL = "nb"
    SWEDISH = "sv"


class Client(Frozen):
    """The client, by name, by identifiers, and by what a connection itself calls it.

    Attributes:
        language: In which papers for this client are written; None: the country's, as far as there is one.
        financial_year_end: Month and day on which its financial years end, ``06-30``; 31 December unless stated.
    """

    name: str = Field(min_length=1)
    country: Annotated[str, AfterValidator(_a_country)]
    identifiers: dict[str, str] = {}
    references: dict[str, str] = {}
    language: Language | None = Field(default=None, exclude_if=_is_unset)
    financial_year_end: Annotated[str, AfterValidator(_a_day_of_the_year)] = Field(
        default=_YEAR_END, exclude_if=_is_unset
    )

    @field_validator("references")
    @classmethod
    def _references_are_present(cls, references: dict[str, str]) -> dict[str, str]:
        for connection, value in references.items():
            if not value.strip():
                raise ValueError(f"'{connection}' is empty")
        return references

    @model_validator(mode="before")
    @classmethod
    def _identifiers_are_valid(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("identifiers"), dict):
            return data
        country = str(data.get("country", ""))
        valid: dict[str, Any] = {}
        for scheme, value in data["identifiers"].items():
            if not isinstance(value, str):
                raise ValueError(f"'identifiers.{scheme}' must be a text")
            try:
                valid[scheme] = normalise(scheme, value, country)
            except ValueError as error:
                raise ValueError(f"'identifiers.{scheme}' {error}") from None
        return {**data, "identifiers": valid}


class Period(Frozen):
    """The accounting period the firm answers for, both days included."""

    from_: Day = Field(alias="from")
    to: Day

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Period:
        if self.to < self.from_:
            raise ValueError("ends before it starts")
        return self


class Successor(Frozen):
    """The firm that takes over."""

    firm: str = Field(min_length=1)
    email: str | None = None


class Ending(Frozen):
    """When and why.

    Attributes:
        no_tipping_off: Reasons and internal notes stay inside the firm: no paper and no hand-over holds them.
    """

    reason: Reason
    notice_on: Day | None = None
    ends_on: Day
    period: Period
    successor: Successor | None = None
    no_tipping_off: bool = Field(default=False, exclude_if=_is_unset)


class Administrator(Frozen):
    """The client's own person who takes over."""

    name: str = Field(min_length=1)
    email: Annotated[str, AfterValidator(_an_address)]


class Request(Frozen):
    """One request to end (or take over) a client. ``options`` are validated by each connector."""

    kind: RequestKind = RequestKind.ENDING
    client: Client
    ending: Ending
    administrator: Administrator | None = None
    options: dict[str, dict[str, Any]] = {}

    def as_json(self) -> dict[str, Any]:
        """Return the request as JSON types."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def digest(self) -> str:
        """The digest of everything that was asked."""
        return digest(self.as_json())

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two requests the same case: kind, client and end date."""
        client = self.client
        who: Any = client.identifiers or client.references or client.name
        return {
            "kind": str(self.kind),
            "country": client.country,
            "client": who,
            "ends_on": str(self.ending.ends_on),
        }

    def options_for(self, connection: str) -> dict[str, Any]:
        """Return the choices made for one connection."""
        return self.options.get(connection, {})


def request_from(data: dict[str, Any], where: str) -> Request:
    """Build a request from parsed TOML or CSV.

    Args:
        data: The tables of docs/reference/configuration.md.
        where: File, or file and line, to name in a complaint.

    Raises:
        InputError: Naming ``where`` and every field that is wrong.
    """
    try:
        return Request.model_validate(data)
    except ValidationError as error:
        raise InputError(
            sentence(f"{where}: {complain(error, Request)}"),
            remedy="Correct it and give the file again; nothing was taken.",
            fields=by_field(error, Request),
        ) from None
