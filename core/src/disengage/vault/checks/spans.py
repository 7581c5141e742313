"""Whether the books that were kept cover the period the firm answers for, all files together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from disengage.domain.checks import Check
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults, not_checked

NAME = "period"

_DAY = timedelta(days=1)


class Span(NamedTuple):
    """The days whose bookkeeping a file holds, both included, and the day it was made where it says so."""

    first: date
    last: date
    made_on: date | None = None


def compare(spans: Sequence[Span], files: int, period: Period) -> Check:
    """Return whether every day of the period lies in a file; a day that lies in none is a fault."""
    subject = "the books of 1 file" if files == 1 else f"the books of {files} files"
    faults = Faults(NAME, subject)
    for first, last in _gaps(spans, period):
        faults.add("period_gap", f"{first} to {last}", "no file that was kept holds the books of these days")
    early = _made_too_early(spans, period)
    if early and not len(faults):
        return not_checked(NAME, subject, f"made on {early}, before the period ended: later entries cannot be in it")
    return faults.check(f"every day from {period.from_} to {period.to} lies in the books that were kept")


def _gaps(spans: Iterable[Span], period: Period) -> Iterable[tuple[date, date]]:
    reached = period.from_
    for span in sorted(spans):
        if span.first > reached:
            yield reached, min(span.first - _DAY, period.to)
        reached = max(reached, span.last + _DAY)
        if reached > period.to:
            return
    yield reached, period.to


def _made_too_early(spans: Iterable[Span], period: Period) -> date | None:
    """Return when the newest file was made that holds the period's last day, if that was before this day."""
    made = [span.made_on for span in spans if span.first <= period.to <= span.last]
    return max((day for day in made if day), default=None) if made and all(d and d < period.to for d in made) else None
