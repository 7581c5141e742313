"""What period a SAF-T file covers, whether that meets the one asked for, and whether it was over when it was made."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.saft_books import Days, a_date

NAME = "saft-no-period"


@dataclass(frozen=True)
class Selection:
    """The file's ``SelectionCriteria``.

    Attributes:
        first: Its first day.
        last: Its last day.
        years: How many accounting years it touches.
        by_periods: It names accounting periods; the days are those of the calendar months with their numbers.
    """

    first: date
    last: date
    years: int
    by_periods: bool


def selection(header: Mapping[str, str]) -> Selection | None:
    """Return what the header says was selected, None where it does not say so."""
    first, last = a_date(header.get("SelectionStartDate", "")), a_date(header.get("SelectionEndDate", ""))
    if first and last:
        years = 1 if (last - first).days < 366 else last.year - first.year + 1
        return Selection(first, last, years, by_periods=False)
    try:
        start, end = (_month(header, which) for which in ("Start", "End"))
    except (KeyError, ValueError):
        return None
    last = date(*end, calendar.monthrange(*end)[1])
    return Selection(date(*start, 1), last, end[0] - start[0] + 1, by_periods=True)


def _month(header: Mapping[str, str], which: str) -> tuple[int, int]:
    """Return year and month; a period before the first month or after the last belongs to those."""
    year, period = int(header[f"Period{which}Year"]), int(header[f"Period{which}"])
    if not 1970 <= year <= 2100:
        raise ValueError(year)
    return year, min(max(period, 1), 12)


def is_off_calendar(chosen: Selection, days: Days) -> bool:
    """Return whether the transactions show that the accounting periods are not the calendar's months."""
    return chosen.by_periods and days.calendar * 2 < days.dated


def check_period(subject: str, header: Mapping[str, str], days: Days, period: Period) -> Check:
    """Return whether the file covers some of ``period``, and was made after that was over."""
    chosen = selection(header)
    if chosen is None:
        return not_checked(NAME, subject, "the header does not say which period was selected")
    if is_off_calendar(chosen, days):
        return not_checked(NAME, subject, "its accounting periods are not the calendar's months")
    faults = Faults(NAME, subject)
    where = "AuditFile/Header/SelectionCriteria"
    if chosen.last < chosen.first:
        faults.add("selection", where, f"the selection ends on {chosen.last}, before it begins on {chosen.first}")
    elif chosen.last < period.from_ or chosen.first > period.to:
        message = f"it covers {chosen.first} to {chosen.last}, nothing of {period.from_} to {period.to}"
        faults.add("period", where, message)
    else:
        _made_after(faults, header, min(chosen.last, period.to))
    return faults.check(f"covers {chosen.first} to {chosen.last}, of {period.from_} to {period.to}")


def _made_after(faults: Faults, header: Mapping[str, str], end: date) -> None:
    where = "AuditFile/Header/AuditFileDateCreated"
    created = a_date(header.get("AuditFileDateCreated", ""))
    if created is None:
        faults.add("created", where, "the file does not say when it was made")
    elif created < end:
        faults.add("created", where, f"it was made on {created}, before the period it is to cover ended on {end}")
