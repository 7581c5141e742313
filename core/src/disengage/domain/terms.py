"""How a term is counted: whole months from the day after the event that starts it, or from 1 January after it.

A term ends with the day before the same day of a later month; that is the last day on which it holds. Where that month
has no such day, the term ends with the month.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum

MONTHS = 12
DAY = timedelta(days=1)


class Rounding(StrEnum):
    """Where a term begins after its event."""

    EXACT = "exact"
    CALENDAR_YEAR_END = "calendar_year_end"
    JANUARY_FOLLOWING = "january_following"


def spelt(months: int) -> str:
    """Return a number of months in words: ``5 years``, ``3 years and 6 months``."""
    years, rest = divmod(months, MONTHS)
    counted = [(years, "year"), (rest, "month")]
    return " and ".join(f"{number} {word}{'s' * (number != 1)}" for number, word in counted if number)


def last_day(event: date, months: int, rounding: Rounding) -> date:
    """Return the last day of a term that an event starts."""
    begins = event + DAY if rounding is Rounding.EXACT else date(event.year + 1, 1, 1)
    return _months_after(begins, months) - DAY


def _months_after(day: date, months: int) -> date:
    """Return the same day so many months later; where that month has no such day, the first of the next."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return _months_after(date(year, month + 1, 1), 1)


def financial_years(first: date, last: date, year_end: str) -> tuple[tuple[date, date], ...]:
    """Return first and last day of every financial year that a period touches, oldest first.

    Args:
        first: The period's first day.
        last: Its last.
        year_end: Month and day on which financial years end; ``02-29`` is the last of February in every year.
    """
    years = range(first.year, last.year + 2)
    ends = [_year_end(year, year_end) for year in years]
    found = [(_year_end(end.year - 1, year_end) + DAY, end) for end in ends]
    return tuple((begin, end) for begin, end in found if end >= first and begin <= last)


def _year_end(year: int, month_and_day: str) -> date:
    month, day = map(int, month_and_day.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
