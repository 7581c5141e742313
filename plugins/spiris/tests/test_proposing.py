"""What a collaboration's end consists of: steps, their effects and order, instructions, and what is brought."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from disengage import BringKind, Effect, Instructions, Link, LinkState, Mode, StepProposal, Verb
from disengage.domain.case import CaseLink
from disengage.domain.order import in_order
from disengage.domain.plan import across_links, approvals_needed, steps_for
from disengage_spiris import mapping
from disengage_spiris.manifest import MANIFEST
from disengage_spiris.settings import Solutions

if TYPE_CHECKING:
    from conftest import Account

THREE = {"bookkeeping": "continue", "payroll": "continue", "travel_expenses": "cancel"}


@pytest.fixture(scope="module")
def account(standing: Account) -> Account:
    """Spiris that nothing here changes."""
    return standing


CUTS = (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE)
SCOPES = tuple(Solutions.model_fields)
READABLE = LinkState(linked=True, integration=True)


def order(account: Account, scope: str, state: LinkState = READABLE, **options: Any) -> list[tuple[str, Mode]]:
    request = account.request(options.pop("solutions", THREE), **options)
    return [(step.key, step.mode) for step in in_order(account.propose(scope, request, state).steps)]


# which steps


def test_bookkeeping_is_copied_handed_over_ended_put_away_and_our_token_goes_last(account: Account) -> None:
    assert order(account, "bookkeeping") == [
        ("retain_history", Mode.AUTOMATIC),
        ("transfer_admin", Mode.BY_HAND),
        ("settle_billing", Mode.NOT_NEEDED),
        ("end_access", Mode.NOT_NEEDED),
        ("archive:period_lock", Mode.NOT_NEEDED),
        ("sever_link", Mode.BY_HAND),
        ("remove_extensions", Mode.AUTOMATIC),
        ("archive:kyc", Mode.BY_HAND),
        ("archive", Mode.BY_HAND),
        ("remove_extensions:token", Mode.AUTOMATIC),
    ]


def test_payroll_adds_the_customer_synchronises_and_hands_over_the_backup_before_it_ends(account: Account) -> None:
    assert order(account, "payroll") == [
        ("retain_history:payroll", Mode.AUTOMATIC),
        ("transfer_admin:payroll_user", Mode.BY_HAND),
        ("retain_history:backup", Mode.BY_HAND),
        ("sever_link", Mode.BY_HAND),
    ]
    steps = {step.key: step for step in account.propose("payroll", account.request(THREE), READABLE).steps}
    assert steps["retain_history:backup"].after == ("transfer_admin:payroll_user",)
    assert steps["sever_link"].after == ("retain_history:backup",)


def test_payroll_that_cannot_be_read_is_kept_by_its_backup_file(account: Account) -> None:
    assert order(account, "payroll", LinkState())[0] == ("retain_history:payroll", Mode.NOT_NEEDED)


def test_travel_and_expenses_keeps_its_reports_before_it_ends(account: Account) -> None:
    assert order(account, "travel_expenses") == [
        ("retain_history:reports", Mode.BY_HAND),
        ("sever_link", Mode.BY_HAND),
    ]


@pytest.mark.parametrize("scope", SCOPES[3:])
def test_any_other_solution_is_exported_by_hand_before_it_ends(account: Account, scope: str) -> None:
    solutions = {"bookkeeping": "continue", scope: "continue"}
    assert order(account, scope, solutions=solutions) == [
        ("retain_history:export", Mode.BY_HAND),
        ("sever_link", Mode.BY_HAND),
    ]


def test_without_bookkeeping_the_customer_the_app_and_the_token_stay(account: Account) -> None:
    assert order(account, "travel_expenses", solutions={"travel_expenses": "continue"}) == [
        ("retain_history:reports", Mode.BY_HAND),
        ("transfer_admin", Mode.BY_HAND),
        ("sever_link", Mode.BY_HAND),
    ]


def test_the_period_is_locked_before_anything_ends_only_where_it_is_asked_for(account: Account) -> None:
    step = account.step("archive:period_lock", request=account.request(THREE, lock_period=True))
    assert step == StepProposal(
        verb=Verb.ARCHIVE,
        part="period_lock",
        effects=(Effect.REVERSIBLE, Effect.IMMEDIATE),
        moves=("locked_to",),
        lasting=False,
    )
    keys = [key for key, _ in order(account, "bookkeeping", lock_period=True)]
    assert keys.index("retain_history") < keys.index("archive:period_lock") < keys.index("sever_link")
    wanted = account.propose("bookkeeping", account.request(THREE, lock_period=True)).wanted
    assert wanted.locked_to == date(2026, 12, 31)


def test_what_needs_a_collaboration_that_has_ended_is_not_needed(account: Account) -> None:
    gone = LinkState(linked=False, integration=True)
    modes = dict(order(account, "bookkeeping", gone, lock_period=True))
    unreachable = ("retain_history", "transfer_admin", "archive:period_lock")
    assert {modes[key] for key in unreachable} == {Mode.NOT_NEEDED}
    assert modes["archive"] is Mode.BY_HAND
    assert dict(order(account, "payroll", gone))["retain_history:payroll"] is Mode.NOT_NEEDED


def test_without_a_grant_the_books_are_copied_by_hand(account: Account) -> None:
    modes = dict(order(account, "bookkeeping", LinkState(integration=False), lock_period=True))
    assert {modes["retain_history"], modes["archive:period_lock"]} == {Mode.BY_HAND}


# what they do


@pytest.mark.parametrize(
    ("scope", "choice", "destroys"),
    [
        ("bookkeeping", "continue", False),
        ("bookkeeping", "cancel", False),
        ("travel_expenses", "continue", False),
        ("travel_expenses", "cancel", True),
        ("payroll", "continue", True),
        ("payroll", "cancel", True),
        *((scope, choice, True) for scope in SCOPES[3:] for choice in ("continue", "cancel")),
    ],
)
def test_an_end_that_deletes_data_or_may_do_so_says_so(
    account: Account, scope: str, choice: str, destroys: bool
) -> None:
    step = account.step("sever_link", scope, account.request({scope: choice}))
    assert step.effects == ((*CUTS, Effect.DESTROYS_DATA) if destroys else CUTS)
    assert step.gated


def planned(account: Account, solutions: dict[str, str]) -> tuple[Any, ...]:
    request = account.request(solutions)
    steps: tuple[Any, ...] = ()
    for scope in solutions:
        proposal = account.propose(scope, request, READABLE)
        link = CaseLink(
            id=f"spiris.{scope}",
            connection="spiris",
            connector="spiris",
            link=Link(ref="5520000018", scope=scope),
            observed=READABLE,
            wanted=proposal.wanted,
            time_zone="Europe/Stockholm",
            consistency_delay=2,
        )
        steps += steps_for(link, proposal, request)
    return across_links(steps)


def test_where_data_is_deleted_two_people_approve_and_the_copies_hold_the_gate(account: Account) -> None:
    assert approvals_needed(planned(account, THREE), usual=1, when_data_is_destroyed=2) == 2
    alone = planned(account, {"bookkeeping": "continue", "travel_expenses": "continue"})
    assert approvals_needed(alone, usual=1, when_data_is_destroyed=2) == 1
    copies = [step for step in planned(account, THREE) if step.verb is Verb.RETAIN_HISTORY]
    assert len(copies) == 4
    assert all(step.holds_gate for step in copies)


def test_what_every_solution_works_through_waits_for_every_solution(account: Account) -> None:
    steps = {step.id: step for step in planned(account, THREE)}
    ends = {f"spiris.{scope}.sever_link" for scope in THREE}
    for last in ("archive", "archive.kyc", "remove_extensions", "remove_extensions.token"):
        assert ends <= set(steps[f"spiris.bookkeeping.{last}"].after)
    others = {f"spiris.bookkeeping.{name}" for name in ("archive", "remove_extensions")}
    assert others <= set(steps["spiris.bookkeeping.remove_extensions.token"].after)


def test_ends_are_due_on_the_day_after_the_last_unless_the_request_names_a_day(account: Account) -> None:
    assert account.step("sever_link").not_before is None
    dated = account.propose("bookkeeping", account.request(end_on="2027-01-31")).steps
    assert {step.not_before for step in dated if step.verb is not Verb.TRANSFER_ADMIN} == {date(2027, 1, 31)}
    assert {step.date_option for step in dated if step.verb is not Verb.TRANSFER_ADMIN} == {"end_on"}
    assert [step.not_before for step in dated if step.verb is Verb.TRANSFER_ADMIN] == [None]


def test_no_step_says_less_than_the_manifest(account: Account) -> None:
    for scope in SCOPES:
        for step in account.propose(scope, account.request(dict.fromkeys(SCOPES, "cancel"))).steps:
            spec = MANIFEST.spec(step.verb, step.part)
            assert set(step.effects) <= set(spec.effects)
            assert step.mode is not Mode.NOT_NEEDED or step.reason


# instructions


def instructions(account: Account, key: str, scope: str = "bookkeeping", **solutions: str) -> Instructions:
    verb, _, part = key.partition(":")
    request = account.request(solutions or THREE)
    found = account.connection().instruct(account.link(scope), request, Verb(verb), part)
    assert found is not None
    return found


@pytest.mark.parametrize("key", [spec.key for spec in MANIFEST.verbs if spec.by_hand])
def test_every_step_can_be_done_by_hand_in_swedish_and_english(account: Account, key: str) -> None:
    found = instructions(account, key)
    assert (found.language, len(found.steps)) == ("sv", len(found.steps_en))
    assert found.as_of == "2026-11-22"
    assert any("translation" in warning for warning in found.warnings)
    assert "{" not in found.text()
    assert "not given)" not in found.text()


def test_ending_is_told_for_one_solution_with_the_choice_that_was_made(account: Account) -> None:
    found = instructions(account, "sever_link", "travel_expenses")
    assert "Select the collaboration for Travel & Expenses, and no other." in found.steps_en
    assert "Choose what happens then: end and cancel." in found.steps_en
    assert "Välj vad som händer sedan: avsluta och säg upp." in found.steps
    assert "Choose when it ends: immediately, or on 2027-01-01 if you do this ahead." in found.steps_en
    assert found.warnings[0] == "All data in Travel & Expenses is deleted."
    assert [(item.key, item.choices) for item in found.bring] == [("choice", ("cancel", "continue")), ("ended_on", ())]


def test_continuing_is_told_as_that(account: Account) -> None:
    found = instructions(account, "sever_link", "bookkeeping")
    assert "Choose what happens then: the customer continues on its own." in found.steps_en
    assert found.bring[0].choices == ("continue", "cancel")
    assert found.warnings[0].endswith("Nothing is deleted.")


def test_an_end_nobody_is_sure_of_is_told_as_that(account: Account) -> None:
    assert "not known for certain" in instructions(account, "sever_link", "scanner", scanner="cancel").warnings[0]
    assert "backup file first" in instructions(account, "sever_link", "payroll").warnings[0]


def test_the_main_contact_is_told_in_the_vendors_sequence(account: Account) -> None:
    assert instructions(account, "transfer_admin").steps_en == (
        "Go to Spiris, switch to the customer's company Norrsken Kafé AB and select Manage users.",
        "If Kari Nordmann is not in the list over users, first create a new user (kari@norrsken.example).",
        "Change the user's role by selecting the pencil symbol followed by selecting Administrator.",
        "Finally, select this user as Main contact.",
    )


def test_every_copy_by_hand_asks_for_a_file(account: Account) -> None:
    for key in ("retain_history:backup", "retain_history:reports", "retain_history:export"):
        assert next(item.kind for item in instructions(account, key).bring) is BringKind.FILE


# what people bring


def complaints(
    account: Account,
    key: str,
    scope: str,
    tmp_path: Path,
    content: bytes | None = None,
    **values: str,
) -> list[str]:
    verb, _, part = key.partition(":")
    files = {}
    if content is not None:
        path = tmp_path / "brought"
        path.write_bytes(content)
        files = {part if part != "export" else "copy": path}
    asked = (account.link(scope), account.request(THREE), Verb(verb), part, files, values)
    return list(account.connection().check_evidence(*asked))


@pytest.mark.parametrize(
    ("key", "scope", "values"),
    [
        ("retain_history:backup", "payroll", {"synchronised": "yes", "handed_over": "yes"}),
        ("retain_history:reports", "travel_expenses", {"reports_submitted": "yes", "outlays_submitted": "yes"}),
        ("transfer_admin", "bookkeeping", {"main_contact_set": "yes"}),
        ("transfer_admin:payroll_user", "payroll", {"user_added": "yes"}),
    ],
)
def test_a_no_where_only_a_yes_may_go_on_is_refused(
    account: Account, tmp_path: Path, key: str, scope: str, values: dict[str, str]
) -> None:
    assert complaints(account, key, scope, tmp_path, **values) == []
    for name in values:
        assert len(complaints(account, key, scope, tmp_path, **(values | {name: "no"}))) == 1


@pytest.mark.parametrize(
    ("key", "content", "taken"),
    [
        ("retain_history:backup", b"anything", True),
        ("retain_history:backup", b"", False),
        ("retain_history:export", b"", False),
        ("retain_history:reports", b"a picture, a table or a PDF", True),
        ("retain_history:reports", b"", False),
    ],
)
def test_a_file_is_what_was_asked_for(account: Account, tmp_path: Path, key: str, content: bytes, taken: bool) -> None:
    assert (complaints(account, key, "payroll", tmp_path, content) == []) is taken


def test_an_end_that_was_not_asked_for_or_lies_ahead_is_refused(account: Account, tmp_path: Path) -> None:
    asked = (account, "sever_link", "travel_expenses", tmp_path)
    assert complaints(*asked, choice="cancel", ended_on="2026-11-22") == []
    assert complaints(*asked, choice="continue", ended_on="2026-11-22") == [
        "The request says 'cancel', and something else was chosen in Spiris."
    ]
    assert complaints(*asked, choice="cancel", ended_on="2026-11-23") == [
        "The collaboration has not ended yet: 'ended_on' lies ahead. Come back on that day."
    ]


def test_every_solution_has_a_name() -> None:
    assert tuple(mapping.NAMES) == SCOPES
