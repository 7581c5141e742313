from collections.abc import Callable
from typing import Any

import pytest
from disengage import Finding, Link, LinkState, Request, Severity
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.simulator import PowerOfficeSimulator

Look = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(go: PowerOfficeSimulator, connect: Callable[..., PowerOffice]) -> Look:
    """Observe and check; the findings by code."""

    def look(request: Request, **changes: Any) -> dict[str, Finding]:
        connection = connect(go, **changes)
        link = Link(ref=go.clients[0].id)
        found = connection.check(link, request, connection.observe(link, request))
        assert all(f.connection == "go" and f.source and f.remedy for f in found)
        return {finding.code: finding for finding in found}

    return look


def blockers(found: dict[str, Finding]) -> list[str]:
    return [code for code, finding in found.items() if finding.severity is Severity.BLOCKER]


def test_a_request_in_order_meets_no_blocker(look: Look, ask: Any) -> None:
    found = look(ask())
    assert {code: str(finding.severity) for code, finding in found.items()} == {
        "archive_deleted_after_five_years": "warning",
        "books_not_locked": "notice",
        "users_of_several_partners": "notice",
    }


def test_a_missing_generation_date_blocks_and_the_remedy_names_the_earliest(look: Look, ask: Any) -> None:
    found = look(ask(generation_date=None))
    assert blockers(found) == ["generation_date_missing"]
    assert "2027-01-02" in found["generation_date_missing"].remedy


@pytest.mark.parametrize("day", ["2020-01-01", "2026-11-22", "2026-12-31", "2027-01-01"])
def test_a_generation_date_up_to_the_day_of_severing_blocks(look: Look, ask: Any, day: str) -> None:
    found = look(ask(generation_date=day))
    assert blockers(found) == ["generation_date_not_in_future"]
    assert "2027-01-02" in found["generation_date_not_in_future"].remedy


def test_the_first_day_after_severing_is_accepted(look: Look, ask: Any) -> None:
    assert blockers(look(ask(generation_date="2027-01-02"))) == []


def test_nobody_on_the_client_s_side_blocks(look: Look, ask: Any) -> None:
    assert blockers(look(ask(nobody=True))) == ["administrator_missing"]


def test_a_person_of_the_firm_cannot_take_over(look: Look, ask: Any) -> None:
    ola = {"name": "Ola Fjord", "email": "ola@fjordregnskap.example"}
    assert blockers(look(ask(administrator=ola))) == ["administrator_of_the_firm"]


def test_one_name_is_not_enough_for_an_invitation_but_for_a_user_who_is_there(look: Look, ask: Any) -> None:
    for email, expected in (("ny@nordlys.example", ["administrator_name_incomplete"]), ("kari@nordlys.example", [])):
        assert blockers(look(ask(administrator={"name": "Kari", "email": email}))) == expected


@pytest.mark.parametrize(
    ("user", "code"),
    [
        (None, "subscription_administrator_user_missing"),
        ("nobody@fjordregnskap.example", "subscription_administrator_user_unknown"),
        ("kari@nordlys.example", "subscription_administrator_user_unknown"),
    ],
)
def test_replacing_the_subscription_administrator_later_needs_one_of_the_firm_s_users(
    look: Look, ask: Any, user: str | None, code: str
) -> None:
    request = ask(subscription_administrator="later", subscription_administrator_user=user)
    assert blockers(look(request)) == [code]


def test_who_stays_subscription_administrator_is_warned_of(look: Look, ask: Any) -> None:
    who = "Ola@fjordregnskap.example"
    found = look(ask(subscription_administrator="later", subscription_administrator_user=who))
    assert found["subscription_administrator_stays"].severity is Severity.WARNING
    assert who.lower() not in str(found).lower()


def test_an_earlier_last_day_is_mentioned(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    go.set_user(go.clients[0].id, "siri@fjordregnskap.example", to_date="2026-12-01")
    assert look(ask())["earlier_last_day_stands"].severity is Severity.NOTICE


def test_an_open_invitation_of_a_firm_user_is_warned_of(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    fields = {"id": None, "status": "InvitePending"}
    go.set_user(go.clients[0].id, "per@fjordregnskap.example", **fields)
    assert look(ask())["firm_user_invited"].severity is Severity.WARNING


def test_a_client_without_a_key_of_its_own_is_noticed(look: Look, ask: Any) -> None:
    assert look(ask(), client_keys={})["client_key_missing"].severity is Severity.NOTICE


def test_a_refused_key_is_warned_of(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    go.set_client(go.clients[0].id, integration=False)
    assert look(ask())["client_key_refused"].severity is Severity.WARNING


def test_a_client_that_leaves_go_is_told_of_the_clock(look: Look, ask: Any) -> None:
    found = look(ask(client_stops=True))
    assert {"client_deleted_after_a_year", "client_stops"} <= set(found)
    assert blockers(found) == []


def test_the_modules_that_are_to_be_ended_are_named(look: Look, ask: Any) -> None:
    assert "Accounting" in look(ask(client_stops=True))["client_stops"].message


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        (None, "The books are not locked; the period that the firm answers for goes to 2026-12-31."),
        ("2025-12-31", "The books are locked up to 2025-12-31 only; the period that the firm answers for goes to"),
        ("2026-12-31", None),
    ],
)
def test_books_that_are_not_locked_for_the_whole_period_are_noticed(
    look: Look, ask: Any, go: PowerOfficeSimulator, locked: str | None, said: str | None
) -> None:
    go.set_client(go.clients[0].id, lock_date=locked)
    found = look(ask()).get("books_not_locked")
    assert (found and found.message.startswith(said or "-")) == (True if said else None)


def test_a_lock_date_that_may_not_be_read_says_nothing(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    go.forbid(go.clients[0].id, "CommonServices")
    assert "books_not_locked" not in look(ask())


def test_privileges_that_the_copy_would_miss_are_named_before(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    assert "privileges_missing" not in look(ask())
    go.forbid(go.clients[0].id, "TrialBalance")
    go.forbid(go.clients[0].id, "AccountTransaction")
    found = look(ask())["privileges_missing"]
    assert found.severity is Severity.WARNING
    assert found.message == (
        "On this client the integration lacks AccountTransaction, TrialBalance; what these open is missing from the "
        "copy, and without the ledger no copy is made."
    )


@pytest.mark.parametrize("who", ["siri@fjordregnskap.example", "SIRI@fjordregnskap.example"])
def test_who_keeps_access_through_another_partner_is_noticed_without_a_name(look: Look, ask: Any, who: str) -> None:
    found = look(ask(users_of_other_partners=[who]))
    assert blockers(found) == []
    assert found["users_keep_access"].message.startswith("1 of the firm's users")
    assert "users_of_several_partners" not in found
    assert "siri" not in str(found).lower()


def test_only_users_of_the_firm_can_keep_access_through_another_partner(look: Look, ask: Any) -> None:
    asked = ask(users_of_other_partners=["siri@fjordregnskap.example", "kari@nordlys.example"])
    assert blockers(look(asked)) == ["user_of_other_partner_unknown"]


def test_findings_name_the_connection_by_the_firms_own_word_for_it(
    go: PowerOfficeSimulator, connect: Callable[..., PowerOffice], ask: Any
) -> None:
    request = ask(generation_date=None)
    request = request.model_copy(update={"options": {"regnskap": {"subscription_administrator": "later"}}})
    connection = connect(go, client_keys={}, name="regnskap")
    found = connection.check(Link(ref=go.clients[0].id), request, LinkState(linked=True))
    assert {finding.connection for finding in found} == {"regnskap"}
    remedies = " ".join(finding.remedy for finding in found)
    assert "[options.regnskap]" in remedies
    assert "[connections.regnskap.client_keys]" in remedies
    assert ".go" not in remedies


def test_once_severed_nothing_blocks_any_more(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    go.sever(go.clients[0].id, generation_date="2027-01-15")
    assert list(look(ask(generation_date=None, nobody=True))) == ["archive_deleted_after_five_years"]


def test_checking_changes_nothing(look: Look, ask: Any, go: PowerOfficeSimulator) -> None:
    look(ask())
    assert go.effects == []
    assert {path for _, path in go.changing_calls()} == {"/Demo/OAuth/Token"}


def test_a_state_is_not_asked_for_users_that_cannot_be_reached(
    go: PowerOfficeSimulator, connect: Any, ask: Any
) -> None:
    connect(go).check(Link(ref=go.clients[0].id), ask(), LinkState(linked=False))
    assert go.journal == []
