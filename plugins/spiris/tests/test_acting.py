from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest
from disengage import Done, LinkState, NeedsPerson, NotNeeded, OutcomeUnknownError, RejectedError
from disengage.domain.difference import Comparison, compare
from disengage.testing import Fault

if TYPE_CHECKING:
    from conftest import Account

NUMBER = "5520000018"
THREE = {"bookkeeping": "continue", "payroll": "continue", "travel_expenses": "cancel"}


def lock(account: Account, day: date) -> object:
    request = account.request(lock_period=True)
    wanted = LinkState(locked_to=day)
    return account.connection().archive(account.link(), request, account.observe(), wanted, "period_lock")


def test_the_books_are_locked_by_month_and_the_interval_stays(account: Account) -> None:
    account.simulator.set_company(NUMBER, lock_interval=2)
    assert lock(account, date(2026, 2, 28)) == Done(receipt="locked to 2026-02-28")
    assert account.observe().locked_to == date(2026, 2, 28)
    assert account.company.lock_interval == 2
    assert lock(account, date(2026, 12, 31)) == Done(receipt="locked to 2026-12-31")
    assert account.observe().locked_to == date(2026, 12, 31)


def test_a_lock_whose_answer_was_lost_is_seen(account: Account) -> None:
    account.simulator.faults.add(Fault("lost", times=1, method="PUT"))
    with pytest.raises(OutcomeUnknownError):
        lock(account, date(2026, 12, 31))
    assert account.observe().locked_to == date(2026, 12, 31)


@pytest.mark.parametrize("code", [4019, 4026, 4038])
def test_a_lock_that_is_refused_says_why(account: Account, code: int) -> None:
    seen = account.observe()
    account.simulator.refuse(NUMBER, "companysettings", code)
    with pytest.raises(RejectedError) as caught:
        account.connection().archive(
            account.link(), account.request(), seen, LinkState(locked_to=date.max), "period_lock"
        )
    assert caught.value.code == str(code)


@pytest.mark.parametrize("part", ["", "kyc"])
def test_deactivating_the_customer_is_left_to_a_person(account: Account, part: str) -> None:
    outcome = account.connection().archive(account.link(), account.request(), LinkState(), LinkState(), part)
    assert isinstance(outcome, NeedsPerson)


def test_our_app_is_made_inactive_and_that_is_seen(account: Account) -> None:
    assert account.remove() == Done(receipt="ActivationStatus 1")
    assert account.simulator.effects == [f"{NUMBER} app inactive"]
    assert account.observe().extensions == ()


def test_an_app_whose_status_is_not_shown_is_made_inactive_all_the_same(account: Account) -> None:
    account.simulator.end_collaboration(NUMBER, "bookkeeping")
    account.simulator.faults.add(Fault("409", times=1, path="/v2/appstore/status"))
    assert account.remove() == Done(receipt="ActivationStatus 1")
    assert not account.company.app_active


def test_a_dead_grant_is_no_fault_once_the_end_was_seen(account: Account) -> None:
    account.simulator.end_collaboration(NUMBER, "bookkeeping")
    connection, seen = account.connection(), account.observe()
    account.simulator.kill_grant(NUMBER)
    asked = (account.link(), account.request(), seen, LinkState(), "")
    assert isinstance(connection.remove_extensions(*asked), NotNeeded)


def test_where_our_access_died_with_the_collaboration_the_app_is_left(account: Account) -> None:
    account.simulator.set_company(NUMBER, granted_by="office")
    account.simulator.end_collaboration(NUMBER, "bookkeeping")
    assert isinstance(account.remove(), NotNeeded)
    assert account.simulator.effects == [f"{NUMBER} collaboration bookkeeping ended, continue"]
    assert account.remove("token") == Done(receipt="revoked")


@pytest.mark.parametrize("granted_by", ["office", "customer"])
@pytest.mark.parametrize("rotating", [False, True])
def test_the_whole_ending_is_proven_as_far_as_spiris_shows_it(
    simulate: Callable[..., Account], granted_by: str, rotating: bool
) -> None:
    account = simulate(rotating=rotating)
    account.simulator.set_company(NUMBER, granted_by=granted_by)
    connection, request = account.connection(), account.request(THREE)
    links = connection.find_links(request.client, request)
    wanted = {k.scope: connection.propose(k, request, connection.observe(k, request)).wanted for k in links}
    for link in links:
        account.simulator.play("sever_link", "", link.ref, link.scope)
    seen = {link.scope: connection.observe(link, request) for link in links}
    comparisons = {scope: compare(seen[scope], wanted[scope], ("linked",)) for scope in wanted}
    by_office = granted_by == "office"
    assert comparisons == {
        "bookkeeping": Comparison.SAME,
        "payroll": Comparison.SAME if by_office else Comparison.UNKNOWN,
        "travel_expenses": Comparison.UNKNOWN,
    }
    for part in ("", "token"):
        connection.remove_extensions(links[0], request, seen["bookkeeping"], wanted["bookkeeping"], part)
    gone = connection.observe(links[0], request)
    assert compare(gone, wanted["bookkeeping"], ("integration",)) is Comparison.SAME
    assert compare(gone, wanted["bookkeeping"], ("linked",)) is Comparison.SAME
    assert connection.observe(links[1], request).linked is (False if by_office else None)


def test_ending_one_solution_touches_no_other(account: Account) -> None:
    account.simulator.set_company(NUMBER, granted_by="office")
    account.simulator.play("sever_link", "", NUMBER, "travel_expenses")
    assert account.observe("bookkeeping").linked is True
    assert account.observe("payroll").linked is True


def test_a_running_kyc_blocks_the_deactivation_in_the_simulator_too(account: Account) -> None:
    with pytest.raises(AssertionError):
        account.simulator.deactivate(NUMBER)
    account.simulator.play("archive", "kyc", NUMBER, "bookkeeping")
    account.simulator.play("archive", "", NUMBER, "bookkeeping")
    assert account.company.deactivated


def test_the_simulators_example_brings_what_every_task_asks_for(account: Account) -> None:
    example = account.simulator.example()
    assert example == {"references": NUMBER, "options": {"solutions": THREE}}
    assert set(account.simulator.files("retain_history", "backup")) == {"backup"}
    assert set(account.simulator.files("retain_history", "reports")) == {"reports"}
    assert set(account.simulator.files("retain_history", "export")) == {"copy"}
    assert account.simulator.files("sever_link", "") == {}


def test_a_simulated_endpoint_keeps_the_vendors_limit(simulate: Callable[..., Account]) -> None:
    account = simulate(calls_per_minute=2)
    connection = account.connection()
    with connection._companies.of(NUMBER) as company:
        for _ in range(2):
            company.books.get("users", "/users")
        answer = company.books.http.get("/users", operation="users", accept=(429,))
    assert answer.json()["ErrorCode"] == 4010
    assert "Try again in 30 seconds." in answer.json()["DeveloperErrorMessage"]


def test_only_so_many_companies_keep_their_connections_open(
    simulate: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disengage_spiris.company._KEPT_OPEN", 2)
    account = simulate(clients=4)
    connection = account.connection()
    assert connection.try_credentials() == "4 of 4 companies let us in"
    assert list(connection._companies._open) == ["5520000034", "5520000042"]
    with connection._companies.of("5520000042") as company:
        connection._companies.forget("5520000042")
        company.books.get("users", "/users")
    assert "5520000042" not in connection._companies._open
