from __future__ import annotations

from datetime import date

import pytest
from disengage import LinkState
from disengage_auditcase import mapping
from disengage_auditcase.wire import ClientRow, TaskRow


def row(number: str | None = "1001", name: str | None = "Nordlys Kafé AS", status: str | None = "Klant") -> ClientRow:
    return ClientRow.model_validate({"$col1": number, "$col3": name, "$col4": status})


@pytest.mark.parametrize(
    ("status", "linked"),
    [
        ("Klant", True),
        (" klant ", True),
        ("Geen klant meer", False),
        ("GEEN  KLANT MEER", False),
        ("Suspect", None),
        ("Prospect", None),
        ("Geen klant", None),
        ("", None),
        (None, None),
    ],
)
def test_only_the_two_words_of_the_pages_say_whether_somebody_is_a_client(
    status: str | None, linked: bool | None
) -> None:
    assert mapping.observed([row(status=status)]) == LinkState(linked=linked, status=status)


@pytest.mark.parametrize("rows", [[], [row(), row()]])
def test_a_number_that_is_shown_never_or_twice_says_nothing(rows: list[ClientRow]) -> None:
    assert mapping.observed(rows) == LinkState()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1001", "1001"),
        (" 00ABC ", "00ABC"),
        ("Nordlys Kafé AS", "Nordlys Kaf"),
        ("Bakker  & Zn", "Bakker"),
        ("Ørsted", ""),
        ("A\r\nX-Evil: 1", "A"),
        ("", ""),
    ],
)
def test_what_is_searched_for_can_stand_in_a_header(text: str, key: str) -> None:
    assert mapping.start_key(text) == key


def test_numbers_are_matched_exactly_after_the_prefix_search() -> None:
    found = [row("1001"), row("10010"), row("01001"), row("1001A"), row(None)]
    assert mapping.by_number(found, "1001") == [row("1001")]


def test_no_name_is_the_name_of_nobody() -> None:
    nameless = TaskRow.model_validate({"Klantnaam": None})
    assert mapping.by_name([row(name=None), row(name=" ")], " ") == []
    assert mapping.tasks_of([nameless], "") == []


@pytest.mark.parametrize(
    ("period_to", "until"),
    [
        (date(2026, 12, 31), date(2033, 12, 31)),
        (date(2026, 1, 1), date(2033, 12, 31)),
        (date(2024, 2, 29), date(2031, 12, 31)),
    ],
)
def test_records_are_kept_for_seven_years_from_the_end_of_the_year(period_to: date, until: date) -> None:
    assert mapping.kept_until(period_to) == until
