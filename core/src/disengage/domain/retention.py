"""Until when what is kept of a client must be kept, and from when some of it must be deleted: rules and facts to dates.

*Until* is the last day on which a rule asks for something to be kept: from the day after it, nothing of that rule
stands against destruction. The longest rule decides; what must be deleted is carried beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from disengage.domain.rules import YEARLY, Basis, DocumentClass, Duty, Rule, Trigger
from disengage.domain.terms import DAY, Rounding, financial_years, last_day, spelt
from disengage.domain.values import Frozen


class Facts(Frozen):
    """What is known of an engagement.

    Attributes:
        financial_year_end: Month and day, ``06-30``.
        relationship_end: The last day for which the firm answers.
        last_document: The youngest document of a class; without it, it is taken to be as old as its financial year.
    """

    client_country: str
    firm_country: str
    period_from: date
    period_to: date
    financial_year_end: str = "12-31"
    relationship_end: date
    last_document: Mapping[DocumentClass, date] = {}
    first_use_of_real_estate: date | None = None
    final_assessment: date | None = None


class Term(Frozen):
    """Until when one rule asks for one class of documents to be kept.

    Attributes:
        year_end: The financial year it is about, by its last day; None where it is about all of them.
        until: The last day; None where the event's day is not known.
        why: In one sentence.
    """

    rule: Rule
    year_end: date | None
    until: date | None
    why: str


class ClassRetention(Frozen):
    """What holds for one class of documents.

    Attributes:
        until: The last day on which any of it must be kept; None where no rule says one.
        terms: The longest known term of each financial year, oldest first, and last the one about all of them.
        shorter: Known terms that are not the longest of their year.
        open: Terms that count from an event whose day is not known.
    """

    document_class: DocumentClass
    until: date | None
    terms: tuple[Term, ...]
    shorter: tuple[Term, ...]
    open: tuple[Term, ...]

    @property
    def decisive(self) -> Term | None:
        """The term that ends last."""
        return max(self.terms, key=_by_until, default=None)


class Deletion(Frozen):
    """Data that must be deleted, from a day on.

    Attributes:
        from_: The first day on which it must be gone.
        term: The term that ends the day before.
        held_by: A term on the same documents that ends later, and holds them until then.
    """

    from_: date
    term: Term
    held_by: Term | None


class Retention(Frozen):
    """What holds for everything that is kept of an engagement.

    Attributes:
        until: The last day on which any of it must be kept; None where that is not known, so that all of it is kept.
        gaps: What no rule is known for, in sentences.
    """

    until: date | None
    classes: tuple[ClassRetention, ...]
    deletions: tuple[Deletion, ...]
    gaps: tuple[str, ...] = ()

    def may_be_destroyed(self, on: date) -> bool:
        """Return whether no rule stands against it on a day."""
        return self.until is not None and on > self.until


def applicable(rules: Iterable[Rule], facts: Facts) -> tuple[Rule, ...]:
    """Return the rules that hold for an engagement: of the client's country, and for the firm of its own."""
    countries = {Duty.CLIENT: facts.client_country, Duty.FIRM: facts.firm_country}
    return tuple(
        rule
        for rule in rules
        if rule.holds_in(countries[rule.duty_of])
        and (rule.effective_from is None or facts.relationship_end >= rule.effective_from)
    )


def retention(rules: Iterable[Rule], facts: Facts, holds: Iterable[DocumentClass] | None = None) -> Retention:
    """Return until when documents must be kept, and from when some must be deleted.

    Args:
        rules: All rules there are.
        facts: What is known of the engagement.
        holds: The classes that the documents are of; None: every class that the rules which hold know.
    """
    here = applicable(rules, facts)
    known = {rule.document_class for rule in here if rule.trigger in YEARLY or _event(rule, facts) is not None}
    wanted = known | {rule.document_class for rule in here} if holds is None else set(holds)
    classes = tuple(_of_class(here, facts, kind) for kind in DocumentClass if kind in wanted)
    untils = [found.until for found in classes if holds is not None or found.document_class in known]
    unknown = holds is None and not any(rule.duty_of is Duty.CLIENT for rule in here)
    until = None if unknown or not untils or None in untils else max(day for day in untils if day)
    return Retention(until=until, classes=classes, deletions=_deletions(classes), gaps=_gaps(here, facts, classes))


def _of_class(rules: Sequence[Rule], facts: Facts, kind: DocumentClass) -> ClassRetention:
    terms = [term for rule in rules if rule.document_class is kind for term in terms_of(rule, facts)]
    known = [term for term in terms if term.until]
    longest = {term.year_end: term for term in sorted(known, key=_by_weight)}
    kept = tuple(longest[year] for year in sorted(longest, key=lambda year: year or date.max))
    return ClassRetention(
        document_class=kind,
        until=max((term.until for term in kept if term.until), default=None),
        terms=kept,
        shorter=tuple(term for term in known if term not in kept),
        open=tuple(term for term in terms if term.until is None),
    )


def _gaps(here: Sequence[Rule], facts: Facts, classes: Sequence[ClassRetention]) -> tuple[str, ...]:
    gaps = [
        f"No rule is known for {found.document_class}: it is kept."
        for found in classes
        if not (found.terms or found.open)
    ]
    if not any(rule.duty_of is Duty.CLIENT for rule in here):
        gaps.append(f"No rule is known for the books of a client in {facts.client_country}: everything is kept.")
    if not any(rule.document_class is DocumentClass.IDENTITY for rule in here):
        gaps.append(f"No rule is known for identity data that a firm in {facts.firm_country} holds.")
    return tuple(gaps)


def _by_until(term: Term) -> date:
    return term.until or date.min


def _by_weight(term: Term) -> tuple[date, int]:
    """Order by the end; of two that end together, the better founded one counts."""
    return _by_until(term), -list(Basis).index(term.rule.basis)


def _deletions(classes: Sequence[ClassRetention]) -> tuple[Deletion, ...]:
    """Return what must be deleted; the longest such term of a class decides, and any other that is longer holds it."""
    known = [term for found in classes for term in (*found.terms, *found.shorter)]
    last = max(known, key=_by_until, default=None)
    deletions = []
    for found in classes:
        mine = [term for term in (*found.terms, *found.shorter) if term.rule.must_delete]
        if mine:
            term = max(mine, key=_by_until)
            holds = last if last and _by_until(last) > _by_until(term) else None
            deletions.append(Deletion(from_=_by_until(term) + DAY, term=term, held_by=holds))
    return tuple(deletions)


# --- one rule -----------------------------------------------------------------------------------------------


def terms_of(rule: Rule, facts: Facts) -> tuple[Term, ...]:
    """Return the terms of one rule: one for each financial year, or one for all where its event happens once."""
    if rule.trigger not in YEARLY:
        event = _event(rule, facts)
        return (_term(rule, None, event) if event else _open(rule),)
    years = financial_years(facts.period_from, facts.period_to, facts.financial_year_end)
    return tuple(_term(rule, end, _in_year(rule, facts, end)) for _, end in years)


def _event(rule: Rule, facts: Facts) -> date | None:
    return {
        Trigger.RELATIONSHIP_END: facts.relationship_end,
        Trigger.FIRST_USE_OF_REAL_ESTATE: facts.first_use_of_real_estate,
        Trigger.FINAL_ASSESSMENT: facts.final_assessment,
    }.get(rule.trigger)


def _in_year(rule: Rule, facts: Facts, end: date) -> date:
    stated = facts.last_document.get(rule.document_class)
    return max(stated, end) if stated and rule.trigger is Trigger.DOCUMENT_DATE else end


def _term(rule: Rule, year_end: date | None, event: date) -> Term:
    until = last_day(event, rule.length, rule.rounding)
    return Term(
        rule=rule,
        year_end=year_end,
        until=until,
        why=f"Kept for {spelt(rule.length)} from {_start(rule, event)}: through {until}.",
    )


def _open(rule: Rule) -> Term:
    return Term(
        rule=rule,
        year_end=None,
        until=None,
        why=f"Kept for {spelt(rule.length)} from {_start(rule, None)}; that day is not known.",
    )


def _start(rule: Rule, event: date | None) -> str:
    """Return the words for what a term starts with."""
    day = f" ({event})" if event else ""
    return {
        Rounding.EXACT: f"{_EVENTS[rule.trigger]}{day}",
        Rounding.CALENDAR_YEAR_END: f"the end of the calendar year of {_EVENTS[rule.trigger]}{day}",
        Rounding.JANUARY_FOLLOWING: f"1 January after {_EVENTS[rule.trigger]}{day}",
    }[rule.rounding]


_EVENTS = {
    Trigger.FINANCIAL_YEAR_END: "the end of the financial year",
    Trigger.DOCUMENT_DATE: "the last entry, making or receipt, taken to be the end of the financial year",
    Trigger.RELATIONSHIP_END: "the end of the relationship",
    Trigger.FIRST_USE_OF_REAL_ESTATE: "the first use of the real estate",
    Trigger.FINAL_ASSESSMENT: "the final assessment",
    Trigger.UNNAMED: "the end of the financial year, since the source names no start",
}
