"""Business days: what a person is asked for is due on one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

_SATURDAY = 5


def business_day_after(day: date, days: int, country: str) -> date:
    """Return the business day that comes ``days`` business days after ``day``.

    Args:
        day: Any day.
        days: How many; 0 gives ``day`` itself, or the next business day where it is none.
        country: ISO 3166-1 alpha-2; where its public holidays are not known, only weekends are left out.
    """
    off = _holidays(country)
    while _is_off(day, off):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while _is_off(day, off):
            day += timedelta(days=1)
    return day


def business_days_until(day: date, due: date, country: str) -> int:
    """Return how many business days are left on ``day`` until ``due``; fewer than none where that is over.

    0 is ``day`` itself. Every business day after ``day`` counts, ``due`` too: on Friday, Monday is one away.
    """
    off = _holidays(country)
    early, late = sorted((day, due))
    between = (early + timedelta(days=number) for number in range(1, (late - early).days + 1))
    worked = sum(1 for other in between if not _is_off(other, off))
    return worked if due >= day else -worked


def is_business_day(day: date, country: str) -> bool:
    """Return whether people work in ``country`` on ``day``."""
    return not _is_off(day, _holidays(country))


def _is_off(day: date, is_holiday: Callable[[date], bool]) -> bool:
    return day.weekday() >= _SATURDAY or is_holiday(day)


@lru_cache(maxsize=32)
def _holidays(country: str) -> Callable[[date], bool]:
    import holidays  # takes a while to load, and most commands need none

    try:
        known = holidays.country_holidays(country)
    except NotImplementedError:
        return lambda day: False  # noqa: ARG005 -- no day is known to be one
    return lambda day: day in known
