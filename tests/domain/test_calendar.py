from __future__ import annotations

from datetime import date

import pytest
from disengage.domain.calendar import business_day_after, business_days_until, is_business_day


@pytest.mark.parametrize(
    ("day", "days", "country", "due"),
    [
        (date(2026, 11, 23), 0, "NO", date(2026, 11, 23)),
        (date(2026, 11, 21), 0, "NO", date(2026, 11, 23)),
        (date(2026, 11, 23), 5, "NO", date(2026, 11, 30)),
        (date(2026, 12, 23), 1, "NO", date(2026, 12, 24)),
        (date(2026, 12, 24), 1, "NO", date(2026, 12, 28)),
        (date(2026, 12, 31), 1, "NO", date(2027, 1, 4)),
        (date(2027, 5, 14), 1, "NO", date(2027, 5, 18)),
        (date(2027, 5, 14), 1, "SE", date(2027, 5, 17)),
        (date(2028, 2, 28), 1, "BE", date(2028, 2, 29)),
        (date(2026, 11, 20), 1, "ZZ", date(2026, 11, 23)),
    ],
    ids=[
        "already one",
        "a Saturday",
        "a week",
        "Christmas Eve is none",
        "Christmas",
        "New Year",
        "Whit Monday and Constitution Day",
        "not so in Sweden",
        "leap day",
        "an unknown country has weekends only",
    ],
)
def test_a_deadline_is_counted_in_business_days(day: date, days: int, country: str, due: date) -> None:
    assert business_day_after(day, days, country) == due
    assert is_business_day(due, country)


@pytest.mark.parametrize(
    ("day", "due", "left"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2026, 11, 20), date(2026, 11, 23), 1),
        (date(2026, 12, 23), date(2027, 1, 4), 6),
        (date(2026, 11, 23), date(2026, 11, 20), -1),
        (date(2026, 11, 21), date(2026, 11, 20), 0),
    ],
    ids=["the day itself", "over a weekend", "over Christmas and New Year", "over", "over since this weekend only"],
)
def test_the_days_left_are_business_days(day: date, due: date, left: int) -> None:
    assert business_days_until(day, due, "NO") == left
