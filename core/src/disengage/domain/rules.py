"""A rule of retention: whose duty, for which documents, how long, from when, and on what it rests."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from disengage.domain.terms import MONTHS, Rounding
from disengage.domain.values import Frozen

#: What people write for countries that ISO 3166-1 calls otherwise.
_ALSO_CALLED = {"UK": "GB"}


class DocumentClass(StrEnum):
    """What sort of document a rule is about.

    ``books`` are ledgers and annual accounts, ``vouchers`` are vouchers and invoices, ``correspondence`` is letters,
    agreements, delivery notes and price lists, ``not_for_proof`` is what does not serve as proof towards others,
    ``real_estate`` is what concerns immovable property, ``identity`` is what the firm knows of persons from customer
    due diligence, ``engagement_file`` is the firm's own file.
    """

    BOOKS = "books"
    VOUCHERS = "vouchers"
    CORRESPONDENCE = "correspondence"
    NOT_FOR_PROOF = "not_for_proof"
    REAL_ESTATE = "real_estate"
    IDENTITY = "identity"
    ENGAGEMENT_FILE = "engagement_file"


class Regime(StrEnum):
    """The field of law that a rule belongs to."""

    ACCOUNTING = "accounting"
    TAX = "tax"
    AML = "aml"
    PROFESSION = "profession"


class Duty(StrEnum):
    """Whose duty a rule is: it goes by the client's country, or by the firm's."""

    CLIENT = "client"
    FIRM = "firm"


class Trigger(StrEnum):
    """The event from which a term counts; ``unnamed`` where the source names none."""

    FINANCIAL_YEAR_END = "financial_year_end"
    DOCUMENT_DATE = "document_date"
    RELATIONSHIP_END = "relationship_end"
    FIRST_USE_OF_REAL_ESTATE = "first_use_of_real_estate"
    FINAL_ASSESSMENT = "final_assessment"
    UNNAMED = "unnamed"


class Basis(StrEnum):
    """On what a rule rests: the text of a law, a page about it, or a source that nobody opened for it."""

    LAW = "law"
    SECONDARY = "secondary"
    UNOPENED = "unopened"


#: Triggers that happen in every financial year; the others happen once.
YEARLY = frozenset({Trigger.FINANCIAL_YEAR_END, Trigger.DOCUMENT_DATE, Trigger.UNNAMED})

_Text = Annotated[str, Field(min_length=1)]
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
_Url = Annotated[str, Field(pattern=r"^https?://\S+$")]
_Signed = Annotated[str, Field(pattern=r"^\S.*, \d{4}-\d{2}-\d{2}$")]


class Rule(Frozen):
    """One rule of retention.

    Attributes:
        id: Unique among all rules.
        country: ISO 3166-1 alpha-2, or ``EU``.
        duty_of: Whose duty it is.
        members: Countries that a rule of ``EU`` holds for.
        years: How long; or ``months``.
        effective_from: It holds for relationships that end from this day on; None: for all.
        law: The article, as the source names it.
        longer_if: Conditions, not known to the program, under which it is longer.
        note: What else the source says.
        must_delete: When the term is over, the data must be deleted.
        source: Where it was read; only a rule that nobody opened a source for may have none.
        as_of: When it was read.
        verified_by_professional: ``name, date`` of the professional who verified it, or False.
        own: The firm's own rule, not one of those shipped.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    country: _Country
    duty_of: Duty
    members: tuple[_Country, ...] = ()
    regime: Regime
    document_class: DocumentClass
    years: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    months: Annotated[int, Field(strict=True, ge=1, le=1200)] | None = None
    trigger: Trigger
    rounding: Rounding
    effective_from: date | None = None
    law: str = ""
    longer_if: tuple[_Text, ...] = ()
    note: str = ""
    must_delete: bool = False
    source: _Url | Literal[""] = ""
    further_sources: tuple[_Url, ...] = ()
    basis: Basis
    as_of: date
    verified_by_professional: Literal[False] | _Signed = False
    version: _Text
    own: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Rule:
        if (self.years is None) == (self.months is None):
            raise ValueError("must have either 'years' or 'months'")
        if not self.source and self.basis is not Basis.UNOPENED:
            raise ValueError(f"has the basis '{self.basis}' and no 'source'")
        if bool(self.members) != (self.country == "EU"):
            raise ValueError("must have 'members' where the country is EU, and nowhere else")
        return self

    @property
    def length(self) -> int:
        """How many months."""
        return self.months if self.months is not None else (self.years or 0) * MONTHS

    def holds_in(self, country: str) -> bool:
        """Return whether it holds in a country."""
        return _ALSO_CALLED.get(country, country) in (self.country, *self.members)
