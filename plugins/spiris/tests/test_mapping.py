from __future__ import annotations

from datetime import date

import pytest
from disengage import Client, Holder, LinkState
from disengage_spiris import fiction, mapping, wire
from disengage_spiris.settings import SpirisOptions
from disengage_spiris.wire import AppRow, CompanyRow, UserRow
from stdnum.se import orgnr


def client(country: str = "SE", references: dict[str, str] | None = None, **identifiers: str) -> Client:
    return Client(name="Norrsken Kafé AB", country=country, identifiers=identifiers, references=references or {})


def options(*solutions: str, lock_period: bool = False) -> SpirisOptions:
    return SpirisOptions.model_validate({"solutions": dict.fromkeys(solutions, "continue"), "lock_period": lock_period})


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (client(orgnr="552000-0018"), "5520000018"),
        (client(vat="SE552000001801"), "5520000018"),
        (client("NO", orgnr="974760673"), None),
        (client("NO", {"spiris": "552000-0018"}, orgnr="974760673"), "5520000018"),
        (client("SE", {"spiris": "5520000026"}, orgnr="5520000018"), "5520000026"),
        (client("SE", {"other": "5520000026"}), None),
    ],
)
def test_the_company_is_named_by_reference_then_by_number_then_by_vat(given: Client, number: str | None) -> None:
    assert mapping.number_of(given, "spiris") == number


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        ("552000-0018", True),
        ("165520000018", True),
        ("16552000-0018", True),
        ("552000-0026", False),
        ("", False),
        (None, False),
    ],
)
def test_a_company_is_recognised_however_its_number_is_written(shown: str | None, same: bool) -> None:
    assert mapping.is_same_company(shown, "5520000018") is same


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2026, 12, 30), date(2026, 11, 30)),
        (date(2026, 1, 15), date(2025, 12, 31)),
        (date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_books_are_locked_by_whole_months_that_are_over(day: date, last: date) -> None:
    assert mapping.last_whole_month(day) == last


def test_a_later_lock_stays() -> None:
    wanted = options("bookkeeping", lock_period=True)
    assert mapping.lock_day(wanted, LinkState(locked_to=date(2027, 3, 31)), date(2026, 12, 31)) == date(2027, 3, 31)
    assert mapping.lock_day(wanted, LinkState(), date(2026, 12, 31)) == date(2026, 12, 31)
    assert mapping.lock_day(options("bookkeeping"), LinkState(), date(2026, 12, 31)) is None


def test_what_concerns_the_customer_is_wanted_on_the_link_of_bookkeeping_only() -> None:
    both, period_to = options("bookkeeping", "payroll"), date(2026, 12, 31)
    assert mapping.wanted("bookkeeping", both, LinkState(), period_to) == LinkState(
        linked=False, main_contact=Holder.CLIENT, extensions=(), integration=False, archived=True
    )
    assert mapping.wanted("payroll", both, LinkState(), period_to) == LinkState(linked=False)
    alone = options("payroll")
    assert mapping.wanted("payroll", alone, LinkState(), period_to) == LinkState(
        linked=False, main_contact=Holder.CLIENT
    )


def user(name: str, *, consultant: bool | None, active: bool = True, current: bool = False) -> UserRow:
    return UserRow(
        id=name, email=f"{name}@fjord.example", is_active=active, is_consultant=consultant, is_current_user=current
    )


@pytest.mark.parametrize(
    ("users", "linked", "access"),
    [
        ([user("ola", consultant=True), user("kari", consultant=False)], True, {"ola": None}),
        ([user("ola", consultant=True, active=False), user("kari", consultant=False)], False, {}),
        ([user("kari", consultant=False)], False, {}),
        ([user("kari", consultant=None)], False, {}),
    ],
)
def test_the_collaboration_stands_while_an_accountant_is_active(
    users: list[UserRow], linked: bool, access: dict[str, None]
) -> None:
    seen = mapping.observed(CompanyRow(company_status=1, product_variant=5), users, None, ())
    assert seen == LinkState(linked=linked, firm_access=access, integration=True, status="active, Pro")


def test_another_firms_accountant_is_not_ours() -> None:
    successor = UserRow(id="eva", email="eva@ny.example", is_active=True, is_consultant=True)
    seen = mapping.observed(CompanyRow(), [successor], None, ("fjord.example",))
    assert (seen.linked, seen.firm_access) == (False, {})
    assert mapping.observed(CompanyRow(), [successor], None, ()).linked is True


def test_users_that_may_not_be_read_tell_nothing() -> None:
    assert mapping.observed(CompanyRow(company_status=2), None, None, ()) == LinkState(
        integration=True, status="read-only"
    )


@pytest.mark.parametrize(
    ("statuses", "extensions"), [([0], ("app",)), ([1], ()), ([0, 1], ("app",)), ([], None), ([None], None)]
)
def test_our_app_is_there_while_its_status_is_active(
    statuses: list[int | None], extensions: tuple[str, ...] | None
) -> None:
    assert mapping.extensions([AppRow(activation_status=status) for status in statuses]) == extensions


def test_addresses_that_open_a_file_are_taken_out_wherever_they_stand() -> None:
    row = {"Id": 1, "temporaryUrl": "x", "Rows": [{"TemporaryUrl": "y", "Text": "z"}], "Document": {"TEMPORARYURL": 1}}
    assert wire.fit_to_keep(row) == {"Id": 1, "Rows": [{"Text": "z"}], "Document": {}}


def test_fictitious_numbers_are_valid_and_different() -> None:
    numbers = [fiction.number_of(n) for n in range(1, 200)]
    assert len(set(numbers)) == len(numbers)
    assert all(orgnr.is_valid(number) for number in numbers)
