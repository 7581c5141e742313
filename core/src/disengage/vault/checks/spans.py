"""Whether the books that were kept cover the period the firm answers for, all files together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults

NAME = "period"

_DAY = timedelta(days=1)


class Span(NamedTuple):
    """The days whose bookkeeping a file holds.

    Attributes:
        first: The first day.
        last: The last one, included.
        made_on: When the file was made, where it says so.
        begins: The file names no year before, although it would: as far as it tells, the books begin here.
    """

    first: date
    last: date
    made_on: date | None = None
    begins: bool = False


def compare(spans: Sequence[Span], files: int, period: Period) -> Check:
    """Return whether every day of the period lies in a file; a day that lies in none is a fault.

    What lies before the books began is none: a company may be younger than the period, or have kept its books
    elsewhere before. That cannot be seen here.
    """
    subject = "the books of 1 file" if files == 1 else f"the books of {files} files"
    faults, begun = Faults(NAME, subject), _beginning(spans, period)
    for first, last in _gaps(spans, period):
        if begun is None or last >= begun:
            faults.add("period_gap", f"{first} to {last}", "no file that was kept holds the books of these days")
    open_ends = [*_before(begun, period), *_made_too_early(spans, period)]
    if open_ends and not len(faults):
        return not_checked(NAME, subject, "; ".join(open_ends))
    return faults.check(f"every day from {period.from_} to {period.to} lies in the books that were kept")


def _beginning(spans: Iterable[Span], period: Period) -> date | None:
    """Return the day in the period on which the books begin, where the first file says that none come before it."""
    first = min(spans, default=None)
    return first.first if first is not None and first.begins and first.first <= period.to else None


def _before(begun: date | None, period: Period) -> Iterable[str]:
    if begun is not None and begun > period.from_:
        yield f"the books name no year before {begun}: whether there were any from {period.from_} on cannot be seen"


def _gaps(spans: Iterable[Span], period: Period) -> Iterable[tuple[date, date]]:
    reached = period.from_
    for span in sorted(spans):
        if span.first > reached:
            yield reached, min(span.first - _DAY, period.to)
        reached = max(reached, span.last + _DAY)
        if reached > period.to:
            return
    yield reached, period.to


def _made_too_early(spans: Iterable[Span], period: Period) -> Iterable[str]:
    """Say when the newest file was made that holds the period's last day, if that was before this day."""
    made = [span.made_on for span in spans if span.first <= period.to <= span.last]
    known = [day for day in made if day and day < period.to]
    if made and len(known) == len(made):
        yield f"made on {max(known)}, before the period ended: later entries cannot be in it"
