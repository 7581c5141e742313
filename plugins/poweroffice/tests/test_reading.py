from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from disengage import Link, LinkState, Request
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.remembered import Remembered
from disengage_poweroffice.simulator import PowerOfficeSimulator

Connect = Callable[..., PowerOffice]
Ask = Callable[..., Request]
CLIENT_KEY = ("Token", "ClientIntegrationInformation", "LockDateSettings")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = datetime.fromisoformat("2026-11-22T12:00:00+00:00")

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def the_link(go: PowerOfficeSimulator) -> Link:
    return Link(ref=go.clients[0].id, name="Nordlys Kafé AS")


def calls(go: PowerOfficeSimulator) -> list[str]:
    """Return the last parts of the paths called since the last time, and forget them."""
    found = [entry.path.partition("?")[0].rpartition("/")[2] for entry in go.journal]
    go.journal.clear()
    return found


# --- how much is read


def test_a_first_look_reads_everything_and_the_next_one_only_what_can_prove_a_step(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    first = connection.observe(link, request)
    assert calls(go) == [
        "Token",
        "Clients",
        "Token",
        "ClientIntegrationInformation",
        "LockDateSettings",
        "Users",
        "Users",
    ]
    assert connection.observe(link, request) == first
    assert calls(go) == ["Clients", "Users"]


def test_checking_what_was_just_seen_reads_nothing(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    state = connection.observe(link, request)
    calls(go)
    found = connection.check(link, request, state)
    assert calls(go) == []
    assert connect(go).check(link, request, state) == found
    assert "Users" in calls(go)


def test_checking_another_state_than_the_one_seen_reads_anew(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    state = connection.observe(link, request)
    calls(go)
    connection.check(link, request, state.model_copy(update={"status": "inactive"}))
    assert calls(go) == ["Users"]


def test_after_a_while_everything_is_read_again(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask, clock: Clock
) -> None:
    connection, link, request = connect(go, now=clock), the_link(go), ask()
    state = connection.observe(link, request)
    clock.time += timedelta(minutes=1)
    calls(go)
    connection.check(link, request, state)
    assert calls(go) == [*CLIENT_KEY, "Users", "Users"]


def test_no_page_is_read_beyond_the_client_looked_for(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect, ask: Ask
) -> None:
    go = simulate(clients=9)
    connection = connect(go)
    connection.page_size = 3
    connection.observe(the_link(go), ask())
    assert calls(go).count("Clients") == 1


# --- what must be read anew


def test_a_changed_last_day_is_seen_at_once(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    connection.observe(link, request)
    siri = go.clients[0].users[1]
    go.set_user(link.ref, siri.email, to_date="2026-12-01")
    assert (connection.observe(link, request).firm_access or {})[str(siri.id)] == date(2026, 12, 1)


def test_severing_and_the_end_of_the_integration_are_seen_at_once(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    connection.observe(link, request)
    go.sever(link.ref)
    assert connection.observe(link, request) == LinkState(linked=False, integration=True)
    go.set_client(link.ref, integration=False)
    assert connection.observe(link, request) == LinkState(linked=False, integration=False)


def test_a_key_that_is_refused_is_tried_again_each_time(go: PowerOfficeSimulator, connect: Connect, ask: Ask) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    go.set_client(link.ref, integration=False)
    assert connection.observe(link, request).integration is False
    go.set_client(link.ref, integration=True)
    assert connection.observe(link, request).integration is True


def test_what_we_removed_ourselves_is_not_remembered_as_there(
    go: PowerOfficeSimulator, connect: Connect, ask: Ask
) -> None:
    connection, link, request = connect(go), the_link(go), ask()
    state = connection.observe(link, request)
    connection.remove_extensions(link, request, state, LinkState(), "integration")
    assert connection.observe(link, request).integration is False


def test_a_client_of_one_name_is_not_taken_for_another(
    simulate: Callable[..., PowerOfficeSimulator], connect: Connect, ask: Ask
) -> None:
    go = simulate(clients=2)
    connection, request = connect(go), ask()
    go.set_client(go.clients[0].id, lock_date="2025-12-31")
    assert connection.observe(the_link(go), request).locked_to == date(2025, 12, 31)
    other = ask(client={"name": "B", "country": "NO", "identifiers": {"orgnr": go.clients[1].number}})
    assert connection.observe(Link(ref=go.clients[1].id), other).locked_to is None


# --- remembering


def test_a_value_is_remembered_for_its_span_and_not_from_the_future(clock: Clock) -> None:
    kept: Remembered[int] = Remembered(clock, timedelta(seconds=30))
    kept.put("a", 1)
    clock.time += timedelta(seconds=29)
    assert kept.get("a") == 1
    clock.time += timedelta(seconds=1)
    assert kept.get("a") is None
    clock.time -= timedelta(hours=1)
    assert kept.get("a") is None


def test_only_the_latest_values_are_kept(clock: Clock) -> None:
    kept: Remembered[int] = Remembered(clock, timedelta(seconds=30), most=2)
    for number, key in enumerate("aba"):
        kept.put(key, number)
    kept.put("c", 3)
    assert [kept.get(key) for key in "abc"] == [2, None, 3]
    kept.forget("c")
    kept.forget("nobody")
    assert kept.get("c") is None
