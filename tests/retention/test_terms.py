"""Until when, counted by hand for every country, and for whatever dates come."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from disengage.domain.retention import Facts, Retention, applicable, retention, terms_of
from disengage.domain.rules import Basis, DocumentClass, Duty, Regime, Rule, Trigger
from disengage.domain.terms import Rounding, financial_years, last_day, spelt
from disengage.vault.rulebook import rules
from hypothesis import assume, given
from hypothesis import strategies as st

BOOKS, VOUCHERS, LETTERS = DocumentClass.BOOKS, DocumentClass.VOUCHERS, DocumentClass.CORRESPONDENCE
IDENTITY, FILE = DocumentClass.IDENTITY, DocumentClass.ENGAGEMENT_FILE
RULES = rules()
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 600)


def facts(client: str, firm: str = "", **changes: object) -> Facts:
    """Return an engagement that ended with the financial year 2026, which ends on 31 December unless said."""
    given_: dict[str, object] = {
        "client_country": client,
        "firm_country": firm or client,
        "period_from": date(2025, 1, 1),
        "period_to": date(2026, 12, 31),
        "relationship_end": date(2026, 12, 31),
    }
    return Facts.model_validate(given_ | changes)


def a_rule(**changes: object) -> Rule:
    fields: dict[str, object] = {
        "id": "zz-books",
        "country": "ZZ",
        "duty_of": Duty.CLIENT,
        "regime": Regime.ACCOUNTING,
        "document_class": BOOKS,
        "years": 7,
        "trigger": Trigger.FINANCIAL_YEAR_END,
        "rounding": Rounding.EXACT,
        "basis": Basis.UNOPENED,
        "as_of": date(2026, 11, 22),
        "version": "1",
    }
    return Rule.model_validate(fields | changes)


def untils(found: Retention) -> dict[str, str]:
    return {str(kind.document_class): str(kind.until) for kind in found.classes}


# Financial years that end on 31 December 2026, by hand from the table of statutory retention.
BY_HAND = {
    "NO": {"books": "2031-12-31", "vouchers": "2031-12-31", "correspondence": "2030-06-30"},
    "SE": {"books": "2033-12-31", "vouchers": "2033-12-31"},
    "DE": {
        "books": "2036-12-31",
        "vouchers": "2034-12-31",
        "correspondence": "2032-12-31",
        "engagement_file": "2036-12-31",
    },
    "DK": {"books": "2031-12-31", "vouchers": "2031-12-31"},
    "FI": {"books": "2036-12-31", "vouchers": "2032-12-31", "correspondence": "2032-12-31"},
    "FR": {"books": "2036-12-31", "vouchers": "2036-12-31"},
    "LU": {"books": "2036-12-31", "vouchers": "2036-12-31"},
    "GB": {"books": "2032-12-31", "vouchers": "2032-12-31", "identity": "2031-12-31"},
    "AT": {"books": "2033-12-31", "vouchers": "2033-12-31"},
    "CH": {"books": "2036-12-31", "vouchers": "2036-12-31"},
    "NL": {"books": "2033-12-31", "vouchers": "2033-12-31", "real_estate": "None", "identity": "2031-12-31"},
    "BE": {
        "books": "2036-12-31",
        "vouchers": "2036-12-31",
        "not_for_proof": "2029-12-31",
        "identity": "2036-12-31",
    },
}
# The same for financial years that end on 30 June; the last one touched by the period ends on 30 June 2026.
BROKEN = {
    "NO": {"books": "2031-06-30", "vouchers": "2031-06-30", "correspondence": "2029-12-31"},
    "SE": {"books": "2033-12-31", "vouchers": "2033-12-31"},
    "DE": {
        "books": "2036-12-31",
        "vouchers": "2034-12-31",
        "correspondence": "2032-12-31",
        "engagement_file": "2036-12-31",
    },
    "DK": {"books": "2031-06-30", "vouchers": "2031-06-30"},
    "FI": {"books": "2036-06-30", "vouchers": "2032-12-31", "correspondence": "2032-12-31"},
    "FR": {"books": "2036-06-30", "vouchers": "2036-06-30"},
    "LU": {"books": "2036-06-30", "vouchers": "2036-06-30"},
    "GB": {"books": "2032-06-30", "vouchers": "2032-06-30", "identity": "2031-06-30"},
    "AT": {"books": "2033-12-31", "vouchers": "2033-12-31"},
    "CH": {"books": "2036-06-30", "vouchers": "2036-06-30"},
    "NL": {"books": "2033-06-30", "vouchers": "2033-06-30", "real_estate": "None", "identity": "2031-06-30"},
    "BE": {
        "books": "2036-12-31",
        "vouchers": "2036-12-31",
        "not_for_proof": "2029-12-31",
        "identity": "2036-06-30",
    },
}


@pytest.mark.parametrize("country", sorted(BY_HAND))
def test_every_country_keeps_as_long_as_its_rules_say(country: str) -> None:
    assert untils(retention(RULES, facts(country))) == BY_HAND[country]


@pytest.mark.parametrize("country", sorted(BROKEN))
def test_a_broken_financial_year_counts_from_its_own_end(country: str) -> None:
    ended = date(2026, 6, 30)
    broken = facts(
        country,
        financial_year_end="06-30",
        period_from=date(2024, 7, 1),
        period_to=ended,
        relationship_end=ended,
    )
    assert untils(retention(RULES, broken)) == BROKEN[country]


def test_belgian_books_are_held_by_the_tax_rule_and_the_accounting_rule_is_shown_as_shorter() -> None:
    books = next(c for c in retention(RULES, facts("BE")).classes if c.document_class is BOOKS)
    assert [(str(t.year_end), t.rule.id, str(t.until)) for t in books.terms] == [
        ("2025-12-31", "be-tax-books", "2035-12-31"),
        ("2026-12-31", "be-tax-books", "2036-12-31"),
    ]
    assert [(str(t.year_end), t.rule.id, str(t.until)) for t in books.shorter] == [
        ("2025-12-31", "be-accounting-books", "2032-12-31"),
        ("2026-12-31", "be-accounting-books", "2033-12-31"),
    ]


def test_of_two_rules_that_end_together_the_better_founded_is_shown() -> None:
    weak, strong = a_rule(id="a"), a_rule(id="b", basis=Basis.SECONDARY, source="https://a.example/law")
    for order in ([weak, strong], [strong, weak]):
        found = retention(order, facts("ZZ")).classes[0]
        assert {term.rule.id for term in found.terms} == {"b"}


def test_identity_data_must_be_deleted_after_its_period_and_says_what_else_holds_it() -> None:
    (deletion,) = retention(RULES, facts("NL", "NL")).deletions
    assert (deletion.from_, deletion.term.rule.id) == (date(2032, 1, 1), "nl-aml-identity")
    assert deletion.held_by
    assert (deletion.held_by.rule.id, deletion.held_by.until) == ("nl-tax-books", date(2033, 12, 31))


def test_identity_data_that_nothing_else_holds_is_held_by_nothing() -> None:
    (deletion,) = retention(RULES, facts("NO", "BE")).deletions
    assert (deletion.from_, deletion.term.rule.id, deletion.held_by) == (date(2037, 1, 1), "be-aml-identity", None)


def test_the_books_go_by_the_clients_country_and_the_firms_own_duties_by_the_firms() -> None:
    ids = {rule.id for rule in applicable(RULES, facts("NO", "GB"))}
    assert ids == {
        "no-accounting-books",
        "no-accounting-vouchers",
        "no-accounting-correspondence",
        "gb-aml-identity",
    }


@pytest.mark.parametrize(
    ("firm", "ended", "holds"),
    [
        ("FI", date(2027, 7, 9), False),
        ("FI", date(2027, 7, 10), True),
        ("NO", date(2027, 7, 10), False),
        ("GB", date(2027, 7, 10), False),
        ("CH", date(2027, 7, 10), False),
    ],
)
def test_the_rule_of_the_union_holds_in_its_members_for_relationships_that_end_once_it_is_in_force(
    firm: str, ended: date, holds: bool
) -> None:
    found = {rule.id for rule in applicable(RULES, facts("SE", firm, relationship_end=ended))}
    assert ("eu-aml-identity" in found) is holds


def test_the_longer_of_two_duties_to_keep_identity_data_decides_when_it_must_go() -> None:
    (deletion,) = retention(RULES, facts("BE", relationship_end=date(2027, 12, 31))).deletions
    assert (deletion.term.rule.id, deletion.from_) == ("be-aml-identity", date(2038, 1, 1))


def test_uk_is_another_word_for_gb() -> None:
    assert untils(retention(RULES, facts("UK", "GB"))) == BY_HAND["GB"]


def test_where_no_rule_is_known_for_the_books_everything_is_kept() -> None:
    found = retention(RULES, facts("PL", "BE"))
    assert found.until is None
    assert not found.may_be_destroyed(date(2199, 12, 31))
    assert found.gaps == ("No rule is known for the books of a client in PL: everything is kept.",)


def test_a_class_that_no_rule_knows_is_kept_where_a_label_names_it() -> None:
    found = retention(RULES, facts("NO"), [BOOKS, FILE])
    assert (found.until, untils(found)) == (None, {"books": "2031-12-31", "engagement_file": "None"})


def test_a_label_narrows_what_holds() -> None:
    assert retention(RULES, facts("NO"), [LETTERS]).until == date(2030, 6, 30)


def test_real_estate_is_kept_nine_years_after_the_year_of_first_use() -> None:
    found = retention(RULES, facts("NL", first_use_of_real_estate=date(2027, 3, 15)))
    assert found.until == date(2036, 12, 31)


def test_a_final_assessment_starts_a_term_once_it_is_known() -> None:
    rule = a_rule(trigger=Trigger.FINAL_ASSESSMENT, years=2)
    assert [term.until for term in terms_of(rule, facts("ZZ"))] == [None]
    known = facts("ZZ", final_assessment=date(2028, 2, 29))
    assert [term.until for term in terms_of(rule, known)] == [date(2030, 2, 28)]


def test_a_stated_document_date_counts_where_it_is_younger_than_its_year() -> None:
    late = facts("DE", last_document={BOOKS: date(2027, 5, 1)})
    assert untils(retention(RULES, late))["books"] == "2037-12-31"
    early = facts("DE", last_document={BOOKS: date(2020, 5, 1)})
    assert untils(retention(RULES, early))["books"] == "2036-12-31"


def test_the_reason_is_one_sentence() -> None:
    whys = [term.why for rule in RULES for term in terms_of(rule, facts(rule.country))]
    assert "Kept for 3 years and 6 months from the end of the financial year (2025-12-31): through 2029-06-30." in whys
    assert (
        "Kept for 10 years from 1 January after the end of the financial year (2026-12-31): through 2036-12-31." in whys
    )
    assert all(why.endswith(".") and why.count(". ") == 0 for why in whys)


@pytest.mark.parametrize(
    ("event", "months", "rounding", "until"),
    [
        (date(2026, 12, 31), 42, Rounding.EXACT, date(2030, 6, 30)),
        (date(2026, 6, 30), 42, Rounding.EXACT, date(2029, 12, 31)),
        (date(2026, 8, 31), 6, Rounding.EXACT, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, Rounding.EXACT, date(2028, 2, 29)),
        (date(2028, 2, 29), 60, Rounding.EXACT, date(2033, 2, 28)),
        (date(2027, 2, 28), 60, Rounding.EXACT, date(2032, 2, 29)),
        (date(2028, 2, 28), 12, Rounding.EXACT, date(2029, 2, 28)),
        (date(2027, 1, 30), 1, Rounding.EXACT, date(2027, 2, 28)),
        (date(2026, 6, 30), 84, Rounding.CALENDAR_YEAR_END, date(2033, 12, 31)),
        (date(2026, 6, 30), 84, Rounding.JANUARY_FOLLOWING, date(2033, 12, 31)),
        (date(2026, 12, 31), 84, Rounding.JANUARY_FOLLOWING, date(2033, 12, 31)),
        (date(2026, 1, 1), 42, Rounding.CALENDAR_YEAR_END, date(2030, 6, 30)),
    ],
)
def test_months_are_counted_from_the_day_after_the_event(
    event: date, months: int, rounding: Rounding, until: date
) -> None:
    assert last_day(event, months, rounding) == until


@pytest.mark.parametrize(
    ("first", "last", "year_end", "ends"),
    [
        (date(2024, 1, 1), date(2026, 12, 31), "12-31", ["2024-12-31", "2025-12-31", "2026-12-31"]),
        (date(2026, 3, 1), date(2026, 9, 30), "12-31", ["2026-12-31"]),
        (date(2026, 3, 1), date(2026, 9, 30), "06-30", ["2026-06-30", "2027-06-30"]),
        (date(2026, 7, 1), date(2027, 6, 30), "06-30", ["2027-06-30"]),
        (date(2026, 6, 30), date(2026, 7, 1), "06-30", ["2026-06-30", "2027-06-30"]),
        (date(2027, 1, 1), date(2028, 3, 1), "02-29", ["2027-02-28", "2028-02-29", "2029-02-28"]),
    ],
)
def test_a_period_touches_its_financial_years(first: date, last: date, year_end: str, ends: list[str]) -> None:
    assert [str(end) for _, end in financial_years(first, last, year_end)] == ends


@pytest.mark.parametrize(
    ("months", "words"),
    [(60, "5 years"), (42, "3 years and 6 months"), (12, "1 year"), (1, "1 month"), (13, "1 year and 1 month")],
)
def test_a_length_is_said_in_years_and_months(months: int, words: str) -> None:
    assert spelt(months) == words


# --- whatever comes


@given(DAYS, MONTHS, st.sampled_from(Rounding))
def test_rounding_never_shortens_a_term_and_adds_less_than_a_year_and_a_day(
    event: date, months: int, rounding: Rounding
) -> None:
    exact, rounded = last_day(event, months, Rounding.EXACT), last_day(event, months, rounding)
    assert timedelta() <= rounded - exact <= timedelta(days=366)


@given(DAYS, DAYS, MONTHS, st.sampled_from(Rounding))
def test_a_later_event_never_ends_earlier(one: date, other: date, months: int, rounding: Rounding) -> None:
    first, second = sorted((one, other))
    assert last_day(first, months, rounding) <= last_day(second, months, rounding)


@given(DAYS, MONTHS, MONTHS, st.sampled_from(Rounding))
def test_a_longer_term_ends_later(event: date, months: int, more: int, rounding: Rounding) -> None:
    assert last_day(event, months, rounding) < last_day(event, months + more, rounding)


@given(DAYS, st.integers(0, 3000), st.dates(date(2023, 1, 1), date(2024, 12, 31)))
def test_financial_years_follow_each_other_and_cover_the_period(first: date, days: int, end: date) -> None:
    last = first + timedelta(days=days)
    years = financial_years(first, last, f"{end:%m-%d}")
    assert years[0][0] <= first <= years[0][1]
    assert years[-1][0] <= last <= years[-1][1]
    assert all(before[1] + timedelta(days=1) == after[0] for before, after in itertools.pairwise(years))


@given(st.sampled_from(sorted(BY_HAND)), st.sampled_from(sorted(BY_HAND)), DAYS, st.integers(0, 4000))
def test_what_may_be_destroyed_is_required_by_no_known_term(client: str, firm: str, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    known = facts(client, firm, period_from=first, period_to=last, relationship_end=last)
    found = retention(RULES, known)
    assume(found.until)
    terms = [term for rule in applicable(RULES, known) for term in terms_of(rule, known) if term.until]
    assert max(term.until for term in terms if term.until) == found.until
    assert found.until
    assert not found.may_be_destroyed(found.until)
    assert found.may_be_destroyed(found.until + timedelta(days=1))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.randoms())
def test_the_longest_rule_wins_in_whatever_order_they_stand(years: list[int], order: object) -> None:
    made = [a_rule(id=f"r{number}", years=length) for number, length in enumerate(years)]
    order.shuffle(made)  # type: ignore[attr-defined]
    found = retention(made, facts("ZZ")).classes[0]
    assert found.decisive
    assert found.decisive.rule.years == max(years)
