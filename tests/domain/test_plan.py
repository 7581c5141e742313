"""What is planned, and the hash by which it is approved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.case import Case, Step
from disengage.domain.difference import Difference
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState
from disengage.domain.plan import ALREADY_SO, approvals_needed, plan_hash, step_id, steps_for
from disengage.domain.proposal import Proposal, StepProposal
from disengage.domain.state import LinkState
from disengage.domain.verbs import Mode, Verb
from disengage.errors import PluginError
from disengage.store import tagged
from hypothesis import given, settings

from tests.builders import a_link, a_request, a_step, cases
from tests.domain.golden_plan import fixed_plan_hash
from tests.domain.scenes import GO, GO_STEPS, LAST_DAY, a_two_link_case, planned

GOLDEN = "sha256:67c30a5b6159e5ab7ae2b955c6a76ee6d5699eb386548b3a3fff141690455ed6"
NEXT_DAY = date(2027, 1, 1)


def hash_of(case: Case) -> str:
    return plan_hash(case.request, case.links, case.steps)


def one(proposal: StepProposal, **observed: Any) -> Step:
    link = a_link(observed=LinkState(**observed), wanted=LinkState(linked=False, archived=True))
    return steps_for(link, Proposal(wanted=link.wanted, steps=(proposal,)), a_request())[0]


# --- the hash


def test_the_hash_of_a_plan_never_changes() -> None:
    assert fixed_plan_hash() == GOLDEN


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_hash_is_the_same_in_every_process(seed: str) -> None:
    script = Path(__file__).with_name("golden_plan.py")
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    printed = subprocess.run([sys.executable, script], capture_output=True, env=environment, check=True, text=True)
    assert printed.stdout == GOLDEN


@given(cases)
@settings(max_examples=25)
def test_a_plan_that_went_through_the_store_has_the_same_hash(case: Case) -> None:
    case = case.model_copy(update={"request": a_request()})  # its options are refused elsewhere where JSON ends
    stored = tagged.loads(tagged.dumps(case.model_dump(by_alias=True)))
    assert hash_of(Case.model_validate(stored)) == hash_of(case)


def test_progress_does_not_change_the_hash() -> None:
    case = a_two_link_case()
    later = [
        step.model_copy(
            update={"state": StepState.DONE, "attempts": 3, "proof": Proof.VERIFIED, "outcome": "done", "failures": 1}
        )
        for step in case.steps
    ]
    seen = [link.model_copy(update={"observed": LinkState(linked=False)}) for link in case.links]
    assert plan_hash(case.request, seen, later) == hash_of(case)


def other_date(case: Case) -> Case:
    return case.with_step(case.step("go.sever_link").model_copy(update={"due": date(2027, 2, 1)}))


def other_mode(case: Case) -> Case:
    return case.with_step(case.step("crm.sever_link").model_copy(update={"mode": Mode.AUTOMATIC}))


def other_effect(case: Case) -> Case:
    return case.with_step(case.step("go.sever_link").model_copy(update={"effects": (Effect.DESTROYS_DATA,)}))


def other_target(case: Case) -> Case:
    more = Difference(field="firm_access", key="99", wanted="2026-12-31")
    return case.with_step(case.step("go.end_access").model_copy(update={"changes": (more,)}))


def other_reference(case: Case) -> Case:
    link = case.links[0].model_copy(update={"link": case.links[0].link.model_copy(update={"ref": "1002"})})
    return case.model_copy(update={"links": (link, case.links[1])})


def fewer_steps(case: Case) -> Case:
    return case.model_copy(update={"steps": case.steps[:-1]})


def other_request(case: Case) -> Case:
    return case.model_copy(update={"request": a_request(options={"crm": {"keep_billing_to": True}})})


@pytest.mark.parametrize(
    "changed",
    [other_date, other_mode, other_effect, other_target, other_reference, fewer_steps, other_request],
    ids=lambda function: function.__name__,
)
def test_whatever_would_be_done_otherwise_changes_the_hash(changed: Callable[[Case], Case]) -> None:
    assert hash_of(changed(a_two_link_case())) != hash_of(a_two_link_case())


# --- the steps


def test_the_steps_of_a_link_are_ordered_dated_and_say_what_they_change() -> None:
    steps = {step.key: step for step in planned(GO, GO_STEPS)}
    assert list(steps) == [
        "retain_history",
        "transfer_admin",
        "remove_extensions",
        "end_access",
        "sever_link",
        "retain_history:archive",
    ]
    assert steps["end_access"] == Step(
        id="go.end_access",
        link="go",
        connection="go",
        verb=Verb.END_ACCESS,
        mode=Mode.AUTOMATIC,
        effects=(Effect.REMOVES_OUR_ACCESS, Effect.DATED),
        moves=("firm_access",),
        changes=(Difference(field="firm_access", key="7", wanted=str(LAST_DAY)),),
        after=("go.retain_history", "go.transfer_admin", "go.remove_extensions"),
        due=NEXT_DAY,
        gated=True,
    )
    assert steps["retain_history:archive"].after == ("go.sever_link",)
    assert [steps[key].due for key in ("transfer_admin", "retain_history")] == [None, NEXT_DAY]


def test_a_date_of_the_connectors_own_wins_over_the_rule() -> None:
    own = StepProposal(verb=Verb.SEVER_LINK, moves=("linked",), not_before=date(2027, 1, 15), deadline=date(2027, 2, 1))
    step = one(own, linked=True)
    assert (step.due, step.deadline) == (date(2027, 1, 15), date(2027, 2, 1))


@pytest.mark.parametrize(
    ("verb", "effects", "gated"),
    [
        (Verb.SEVER_LINK, (), True),
        (Verb.ARCHIVE, (Effect.IRREVERSIBLE,), True),
        (Verb.ARCHIVE, (Effect.DESTROYS_DATA,), True),
        (Verb.ARCHIVE, (Effect.REMOVES_OUR_ACCESS,), True),
        (Verb.ARCHIVE, (Effect.REVERSIBLE, Effect.NOTIFIES_CLIENT, Effect.COSTS_MONEY, Effect.DATED), False),
        (Verb.RETAIN_HISTORY, (), False),
    ],
)
def test_what_cannot_be_undone_removes_access_or_destroys_data_is_behind_the_gate(
    verb: Verb, effects: tuple[Effect, ...], gated: bool
) -> None:
    assert one(StepProposal(verb=verb, effects=effects), linked=True).gated is gated


def test_what_is_so_already_is_verified_and_drops_out() -> None:
    step = one(StepProposal(verb=Verb.SEVER_LINK, moves=("linked",)), linked=False)
    assert (step.mode, step.state, step.proof) == (Mode.NOT_NEEDED, StepState.DONE, Proof.VERIFIED)
    assert (step.outcome, step.due, step.changes) == (ALREADY_SO, None, ())


@pytest.mark.parametrize("archived", [None, False])
def test_what_is_not_wholly_so_or_cannot_be_told_stays_in_the_plan(archived: bool | None) -> None:
    step = one(StepProposal(verb=Verb.SEVER_LINK, moves=("linked", "archived")), linked=False, archived=archived)
    assert (step.mode, step.state) == (Mode.AUTOMATIC, StepState.PLANNED)
    assert step.changes == (Difference(field="archived", observed=archived, wanted=True, known=archived is not None),)


def test_what_the_platform_does_not_have_is_skipped_with_its_reason() -> None:
    reason = "severing archives here"
    step = one(StepProposal(verb=Verb.ARCHIVE, mode=Mode.NOT_NEEDED, reason=reason), linked=True)
    assert (step.state, step.outcome, step.due) == (StepState.SKIPPED, reason, None)


@pytest.mark.parametrize(
    ("proposal", "linked", "state"),
    [
        (StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND), False, StepState.SKIPPED),
        (StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND), True, StepState.PLANNED),
        (StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND), None, StepState.PLANNED),
        (StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND, holds_gate=False), False, StepState.PLANNED),
        (StepProposal(verb=Verb.RETAIN_HISTORY), False, StepState.PLANNED),
    ],
)
def test_a_copy_by_hand_is_asked_for_only_while_there_is_access(
    proposal: StepProposal, linked: bool | None, state: StepState
) -> None:
    assert one(proposal, linked=linked).state is state


@pytest.mark.parametrize("field", ["lnked", "status", "client_administers", ""])
def test_a_step_that_moves_what_cannot_be_compared_is_the_plugins_fault(field: str) -> None:
    with pytest.raises(PluginError):
        one(StepProposal(verb=Verb.SEVER_LINK, moves=("linked", field)), linked=True)


def test_a_steps_id_names_link_verb_and_part() -> None:
    assert step_id("spiris.payroll", Verb.SEVER_LINK, "") == "spiris.payroll.sever_link"
    assert step_id("go", Verb.RETAIN_HISTORY, "archive") == "go.retain_history.archive"


# --- approvals


@pytest.mark.parametrize(
    ("steps", "usual", "destroyed", "needed"),
    [
        ([], 1, 2, 1),
        ([a_step()], 1, 2, 1),
        ([a_step(), a_step(Verb.ARCHIVE, effects=(Effect.DESTROYS_DATA,))], 1, 2, 2),
        ([a_step(Verb.ARCHIVE, effects=(Effect.DESTROYS_DATA,))], 3, 2, 3),
        ([a_step(Verb.ARCHIVE, effects=(Effect.DESTROYS_DATA,), mode=Mode.BY_HAND)], 1, 2, 2),
        ([a_step(Verb.ARCHIVE, effects=(Effect.DESTROYS_DATA,), mode=Mode.NOT_NEEDED)], 1, 2, 1),
    ],
)
def test_a_case_that_destroys_data_needs_the_higher_number_as_a_whole(
    steps: list[Step], usual: int, destroyed: int, needed: int
) -> None:
    assert approvals_needed(steps, usual=usual, when_data_is_destroyed=destroyed) == needed
