"""Retention and dates as they are told."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from disengage.domain.lifecycle import CaseState
from disengage.domain.rules import DocumentClass
from disengage.domain.verbs import Verb
from disengage.engine.dates import DateKind
from disengage.web.api.models.base import Day, Moment, Page, Told
from disengage.web.api.models.cases import Approval

#: What a rule says: the keys of docs/reference/retention-rules.md.
Rule = dict[str, Any]


class CaseDate(Told):
    """One thing of one case that has a day.

    Attributes:
        what: The step, the task, the class of documents.
        title: What a task asks for.
        held: A legal hold, or a longer rule, stands against it.
    """

    day: Day
    kind: DateKind
    case: str
    what: str
    connection: str | None
    verb: Verb | None
    title: str
    held: bool


class DatesPage(Page):
    """A part of the list of dates."""

    dates: list[CaseDate]


class Feed(Told):
    """The address of a calendar.

    Attributes:
        path: Without the address of the site. Whoever knows it can read the calendar.
    """

    path: str


class Ended(Told):
    """Whether there was an address to take away."""

    ended: bool


class Hold(Told):
    """A legal hold that stands."""

    number: int
    since: Moment
    by: str
    reason: str


class Holds(Told):
    """The legal holds that stand on a case."""

    case: str
    holds: list[Hold]


class PeriodOf(Told):
    """The period that the firm answers for, both days included."""

    from_: Day = Field(alias="from")
    to: Day


class Term(Told):
    """Until when one financial year is kept.

    Attributes:
        rule: The rule's id.
    """

    year_end: Day | None
    until: Day | None
    rule: str
    why: str


class OpenTerm(Told):
    """A term whose first day is not known."""

    year_end: Day | None
    until: Day | None
    rule: Rule
    why: str


class KeptClass(Told):
    """Until when one class of documents is kept.

    Attributes:
        years: The longest term of each financial year.
        shorter: Terms that end earlier.
        open: Terms whose first day is not known.
        longer_if: What would make it longer.
    """

    class_: DocumentClass = Field(alias="class")
    until: Day | None
    why: str
    rule: Rule | None
    years: list[Term]
    shorter: list[Term]
    open: list[OpenTerm]
    longer_if: list[str]


class HeldBy(Told):
    """A longer term on the same bags."""

    rule: str
    until: Day | None
    why: str


class Deletion(Told):
    """What must be deleted from a day on."""

    class_: DocumentClass = Field(alias="class")
    from_: Day = Field(alias="from")
    why: str
    rule: Rule
    held_by: HeldBy | None


class RetainedBag(Told):
    """One bag, and until when it is kept."""

    bag: str
    digest: str
    step: str
    classes: list[DocumentClass]
    until: Day | None
    may_be_destroyed: bool


class Destruction(Told):
    """What was destroyed.

    Attributes:
        finished_at: Null while some of it is left.
        certificate: The bag that proves it.
    """

    bags: list[Any]
    begun_at: Moment
    finished_at: Moment | None
    certificate: Any


class Head(Told):
    """A case, and until when anything of it is kept.

    Attributes:
        until: Null where that is not known, and everything is kept.
        destroy_from: The day after.
    """

    case: str
    client: str
    until: Day | None
    destroy_from: Day | None


class Retention(Head):
    """What is kept of a case, until when and why.

    Attributes:
        bags_digest: What an approval of destruction names: the bags that may be destroyed now.
        says: Whose duty it is.
    """

    state: CaseState
    client_country: str
    firm_country: str
    period: PeriodOf
    financial_year_end: str
    ends_on: Day
    classes: list[KeptClass]
    must_be_deleted: list[Deletion]
    gaps: list[str]
    holds: list[Hold]
    bags: list[RetainedBag]
    approvals: list[Approval]
    approvals_needed: int
    destroyed: list[Destruction]
    bags_digest: str
    says: str


class DestroyableBag(Told):
    """A bag that no rule holds any more."""

    bag: str
    digest: str
    until: Day | None


class MayBeDestroyed(Head):
    """A case of which something may be destroyed."""

    rule: str | None
    why: str
    bags: list[DestroyableBag]


class MustBeDeleted(Head):
    """A case of which something must be deleted."""

    data: list[Deletion]
    holds: list[Hold]


class OnHold(Head):
    """A case that a legal hold keeps whole."""

    holds: list[Hold]


class Due(Told):
    """What the end of its retention has come for.

    Attributes:
        says: Whose duty it is.
    """

    on: Day
    may_be_destroyed: list[MayBeDestroyed]
    must_be_deleted: list[MustBeDeleted]
    on_hold: list[OnHold]
    says: str


class BagRef(Told):
    """A bag, by its path in the vault and its digest."""

    bag: str
    digest: str


class Decision(Told):
    """What an approval of destruction came to.

    Attributes:
        bags: What it is about.
        destroyed: Null until enough people approved.
    """

    case: str
    bags_digest: str
    bags: list[BagRef]
    approvals: list[Approval]
    approvals_needed: int
    destroyed: Destruction | None
