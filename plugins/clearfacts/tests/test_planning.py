"""What the plan says and proposes; every rule of the vendor's page on migration stands in one of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from disengage import Effect, Link, LinkState, Mode, Severity, Verb
from disengage.domain.order import in_order, predecessors
from disengage.domain.plan import approvals_needed, steps_for
from disengage.errors import InputError
from disengage_clearfacts import fiction
from disengage_clearfacts.sources import MIGRATION

if TYPE_CHECKING:
    from conftest import Account

NUMBER = fiction.number(1)
MIGRATE, AFRESH = {"history": "migrate", "cost_accepted_by": "Ola Fjord"}, {"history": "afresh"}
TAKEOVER = {"previous_firm": "Oud Kantoor BV"}
BLOCKER, WARNING, NOTICE = Severity.BLOCKER, Severity.WARNING, Severity.NOTICE


def blockers(account: Account, options: dict[str, Any], **request: Any) -> list[str]:
    found = account.check(account.request(options, **request))
    return [code for code, finding in found.items() if finding.severity is BLOCKER]


def modes(account: Account, options: dict[str, Any], **request: Any) -> dict[str, Mode]:
    return {step.key: step.mode for step in account.propose(account.request(options, **request)).steps}


# choosing


def test_what_becomes_of_the_history_has_to_be_chosen(account: Account) -> None:
    assert blockers(account, {}) == ["history_not_chosen"]
    assert "[options.portal]" in account.check(account.request({}))["history_not_chosen"].remedy


@pytest.mark.parametrize("kind", ["ending", "takeover"])
@pytest.mark.parametrize("who", [None, "", "   "])
def test_the_cost_of_a_migration_has_to_be_accepted_by_name(account: Account, kind: str, who: str | None) -> None:
    options = {"history": "migrate"} | ({} if who is None else {"cost_accepted_by": who})
    assert blockers(account, options, kind=kind) == ["cost_not_accepted"]


def test_an_accepted_cost_is_said_without_the_name_which_stands_in_the_ticket(account: Account) -> None:
    found = account.check(account.request(MIGRATE))
    assert "Ola Fjord" not in "".join(f.message + f.remedy for f in found.values())
    assert (found["migration_is_paid"].severity, found["migration_is_paid"].source) == (WARNING, MIGRATION)


def test_starting_afresh_is_free_whoever_accepted_a_cost(account: Account) -> None:
    found = account.check(account.request({**AFRESH, "cost_accepted_by": "Ola Fjord"}))
    assert found["nothing_is_charged"].severity is NOTICE
    assert blockers(account, AFRESH) == []


def test_a_migration_needs_to_know_where_to(account: Account) -> None:
    assert blockers(account, MIGRATE, successor=None) == ["successor_missing"]
    assert blockers(account, AFRESH, successor=None) == []


@pytest.mark.parametrize("options", [{"history": "both"}, {"historie": "migrate"}, {"history": 1}])
def test_an_unknown_choice_is_bad_input(account: Account, options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        account.propose(account.request(options))


# what the page says of the data


@pytest.mark.parametrize("options", [MIGRATE, AFRESH])
def test_what_lives_in_the_bookkeeping_package_is_named_in_the_plan(account: Account, options: dict[str, Any]) -> None:
    found = account.check(account.request(options))
    package = found["package_data_does_not_move"]
    for what in ("Archive, history and dashboard", "account numbers, customers and suppliers", "booking factory"):
        assert what in package.message
    assert package.severity is WARNING
    assert "bookkeeping package's own export" in package.remedy


@pytest.mark.parametrize("options", [MIGRATE, AFRESH])
def test_what_lives_in_the_portal_itself_is_named_in_the_plan(account: Account, options: dict[str, Any]) -> None:
    message = account.check(account.request(options))["data_of_the_portal"].message
    for what in ("various documents", "permanent dossier", "booking proposals in the management module", "client user"):
        assert what in message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("migration_is_paid", ("charges for a migration",)),
        (
            "archived_dossier_is_read_only",
            ("no actions", "Mailboxes", "payment module", "tabs Historiek and Financieel"),
        ),
        ("archived_dossier_holds", ("whole digital archive", "limited set of graphs", "'bijgewerkt tot'")),
        ("client_users_are_copied", ("same rights",)),
        ("payments_in_the_active_dossier_only", ("only for invoices in the active dossier",)),
        ("only_the_client_switches", ("Only the client can switch", "a button in the active dossier's general menu")),
    ],
)
def test_the_rules_of_migrating_with_history_are_in_the_plan(
    account: Account, code: str, words: tuple[str, ...]
) -> None:
    found = account.check(account.request(MIGRATE))
    assert all(word in found[code].message for word in words)
    assert found[code].source == MIGRATION
    assert code not in account.check(account.request(AFRESH))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("deletion_destroys_data", ("deleted at the previous accountant's", "free of charge", "support does it")),
        ("pdfs_stay_with_the_client", ("not imported into the portal", "blank sheet")),
        ("one_number_once", ("only once", "only after it is gone at the previous")),
    ],
)
def test_the_rules_of_starting_afresh_are_in_the_plan(account: Account, code: str, words: tuple[str, ...]) -> None:
    found = account.check(account.request(AFRESH))
    assert all(word in found[code].message for word in words)


def test_addresses_and_apps_that_send_to_the_dossier_are_warned_of_and_not_repeated(account: Account) -> None:
    found = account.check(account.request(MIGRATE))
    assert "3 inbound mail addresses" in found["inbound_addresses_stop"].message
    assert found["apps_break_silently"].severity is WARNING
    assert "@" not in "".join(f.message + f.remedy for f in found.values())


def test_a_dossier_that_is_gone_already_leaves_nothing_to_choose(account: Account) -> None:
    assert list(account.check(account.request({}), state=LinkState(linked=False))) == ["dossier_already_gone"]


def test_every_finding_names_its_connection(account: Account) -> None:
    for options in ({}, MIGRATE, AFRESH):
        assert {f.connection for f in account.check(account.request(options)).values()} == {"portal"}


# the steps of an ending


def test_migrating_is_one_ticket_after_the_copy_and_needs_one_approval(account: Account) -> None:
    assert modes(account, MIGRATE) == {
        "retain_history": Mode.AUTOMATIC,
        "transfer_admin": Mode.NOT_NEEDED,
        "remove_extensions:apps": Mode.BY_HAND,
        "settle_billing": Mode.NOT_NEEDED,
        "end_access": Mode.NOT_NEEDED,
        "archive": Mode.NOT_NEEDED,
        "sever_link": Mode.AUTOMATIC,
        "activate": Mode.NOT_NEEDED,
    }
    proposal = account.propose(account.request(MIGRATE))
    (ticket,) = (step for step in proposal.steps if step.verb is Verb.SEVER_LINK)
    assert ticket.effects == (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.COSTS_MONEY)
    assert (ticket.moves, ticket.through_support, ticket.gated, ticket.lasting) == (("linked",), True, True, True)
    assert proposal.wanted == LinkState(linked=False)
    assert approvals(account, MIGRATE) == 1


def approvals(account: Account, options: dict[str, Any]) -> int:
    from disengage.domain.case import CaseLink

    request = account.request(options)
    proposal = account.propose(request)
    link = CaseLink(
        id="portal",
        connection="portal",
        connector="clearfacts",
        link=account.link,
        observed=LinkState(linked=True),
        wanted=proposal.wanted,
        time_zone="Europe/Brussels",
    )
    return approvals_needed(steps_for(link, proposal, request), usual=1, when_data_is_destroyed=2)


def test_starting_afresh_goes_pdfs_then_deletion_then_activation_and_needs_two_approvals(account: Account) -> None:
    proposal = account.propose(account.request(AFRESH))
    keys = [step.key for step in in_order(proposal.steps) if step.mode is not Mode.NOT_NEEDED]
    assert keys == ["retain_history", "retain_history:pdfs", "remove_extensions:apps", "sever_link", "activate:tell"]
    before = predecessors(proposal.steps)
    assert "retain_history:pdfs" in before["sever_link"]
    assert "sever_link" in before["activate:tell"]
    by_key = {step.key: step for step in proposal.steps}
    assert by_key["sever_link"].effects == (Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.REMOVES_OUR_ACCESS)
    assert by_key["retain_history:pdfs"].holds_gate
    assert approvals(account, AFRESH) == 2


def test_nobody_is_told_where_nobody_takes_over(account: Account) -> None:
    assert "activate:tell" not in modes(account, AFRESH, successor=None)
    steps = {step.key: step for step in account.propose(account.request(AFRESH, successor=None)).steps}
    assert (steps["activate"].mode, steps["activate"].reason) == (
        Mode.NOT_NEEDED,
        "the request names no firm that takes over",
    )


def test_a_plan_in_which_nothing_is_chosen_shows_the_worst(account: Account) -> None:
    ticket = {step.key: step for step in account.propose(account.request({})).steps}["sever_link"]
    assert Effect.DESTROYS_DATA in ticket.effects


def test_what_is_not_needed_says_why(account: Account) -> None:
    for kind in ("ending", "takeover"):
        steps = account.propose(account.request(AFRESH, kind=kind)).steps
        assert all(step.reason for step in steps if step.mode is Mode.NOT_NEEDED)


# taking over


@pytest.mark.parametrize(
    ("options", "effects"),
    [
        (MIGRATE, (Effect.IRREVERSIBLE, Effect.COSTS_MONEY)),
        (AFRESH, (Effect.IRREVERSIBLE,)),
    ],
)
def test_taking_over_is_a_ticket_until_the_number_is_free_and_then_the_activation(
    account: Account, options: dict[str, Any], effects: tuple[Effect, ...]
) -> None:
    proposal = account.propose(account.request({**options, **TAKEOVER}, kind="takeover"))
    needed = [step for step in in_order(proposal.steps) if step.mode is not Mode.NOT_NEEDED]
    ticket, activation = needed
    assert (ticket.key, ticket.mode, ticket.effects) == ("sever_link", Mode.AUTOMATIC, effects)
    assert (ticket.moves, ticket.lasting, ticket.through_support) == (("available",), False, True)
    assert (activation.key, activation.mode, activation.moves) == ("activate", Mode.BY_HAND, ("linked",))
    assert "sever_link" in predecessors(proposal.steps)["activate"]
    assert proposal.wanted == LinkState(linked=True, available=True)


def test_a_takeover_says_what_this_firm_can_see_of_the_number(account: Account) -> None:
    request = account.request({**AFRESH, **TAKEOVER}, kind="takeover")
    hidden = account.check(request, Link(ref=NUMBER, confirmed=False), LinkState(linked=False))
    shown = account.check(request, Link(ref=NUMBER), LinkState(available=False))
    assert hidden["number_cannot_be_seen"].severity is NOTICE
    assert shown["number_taken"].severity is WARNING
    assert "cancel" in shown["number_taken"].remedy
    assert "one_number_once" in hidden
    assert "one_number_once" in shown


def test_a_takeover_need_not_name_the_previous_firm_but_is_asked_to(account: Account) -> None:
    assert blockers(account, AFRESH, kind="takeover") == []
    assert account.check(account.request(AFRESH, kind="takeover"))["previous_firm_not_named"].severity is WARNING
    named = account.request({**AFRESH, **TAKEOVER}, kind="takeover")
    assert "previous_firm_not_named" not in account.check(named)
