"""What makes an approved plan stale, and what does not (contract, ruling 5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from disengage.domain.case import Case, CaseLink
from disengage.domain.effects import Effect
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepEvent, StepState
from disengage.domain.plan import drift
from disengage.domain.proposal import StepProposal
from disengage.domain.state import LinkState
from disengage.domain.verbs import Mode, Verb

from tests.builders import a_case, a_link
from tests.domain.scenes import LAST_DAY, planned

ACCESS = StepProposal(verb=Verb.END_ACCESS, moves=("firm_access",), effects=(Effect.REMOVES_OUR_ACCESS,))
SEVER = StepProposal(verb=Verb.SEVER_LINK, moves=("linked",), effects=(Effect.IRREVERSIBLE,))
BY_HAND = SEVER.model_copy(update={"mode": Mode.BY_HAND})
BILLING = StepProposal(verb=Verb.SETTLE_BILLING)


def link_with(users: dict[str, date | None] | None, linked: bool | None = True) -> CaseLink:
    observed = LinkState(linked=linked, firm_access=users)
    wanted = LinkState(linked=False, firm_access=dict.fromkeys(users or {"7": None}, LAST_DAY))
    return a_link("go", observed=observed, wanted=wanted)


def a_plan(link: CaseLink, *steps: StepProposal) -> Case:
    return a_case((link,), planned(link, steps), approved_by=("Anna",))


def what_changed(case: Case, link: CaseLink, *steps: StepProposal) -> list[str]:
    return [finding.message for finding in drift(case, link, planned(link, steps))]


NOW_THERE = link_with({"7": None})


def test_nothing_new_is_no_drift() -> None:
    assert drift(a_plan(NOW_THERE, ACCESS, SEVER), NOW_THERE, planned(NOW_THERE, (ACCESS, SEVER))) == ()


def test_drift_is_a_warning_that_says_what_to_do() -> None:
    later = link_with({"7": None, "8": None})
    assert drift(a_plan(NOW_THERE, ACCESS), later, planned(later, (ACCESS,))) == (
        Finding(
            code="plan_stale",
            severity=Severity.WARNING,
            connection="go",
            message="go.end_access would now also change firm access",
            remedy="Look at the new plan with 'disengage show' and approve it, or cancel the case.",
        ),
    )


def test_a_step_that_became_unnecessary_drops_out() -> None:
    case = a_plan(NOW_THERE, ACCESS, SEVER)
    assert what_changed(case, link_with({"7": LAST_DAY}, linked=False), ACCESS, SEVER) == []
    assert what_changed(case, NOW_THERE, ACCESS) == []
    no_more = BILLING.model_copy(update={"mode": Mode.NOT_NEEDED})
    assert what_changed(case, NOW_THERE, ACCESS, SEVER, no_more) == []


def test_a_user_who_left_is_no_drift() -> None:
    two = link_with({"7": None, "8": None})
    assert what_changed(a_plan(two, ACCESS), NOW_THERE, ACCESS) == []


def test_a_new_step_is_drift() -> None:
    case = a_plan(NOW_THERE, SEVER)
    assert what_changed(case, NOW_THERE, SEVER, BILLING) == [
        "go.settle_billing is needed now and was not in the approved plan"
    ]


def test_a_step_that_was_not_needed_and_is_now_is_drift() -> None:
    already = link_with({"7": LAST_DAY}, linked=False)
    assert what_changed(a_plan(already, SEVER), NOW_THERE, SEVER) == [
        "go.sever_link is needed now and was not in the approved plan"
    ]


def test_a_new_effect_is_drift_and_a_lost_one_is_not() -> None:
    worse = SEVER.model_copy(update={"effects": (Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.COSTS_MONEY)})
    assert what_changed(a_plan(NOW_THERE, SEVER), NOW_THERE, worse) == [
        "go.sever_link would now also have the effect costs-money, destroys-data"
    ]
    assert what_changed(a_plan(NOW_THERE, worse), NOW_THERE, SEVER) == []


def test_work_by_hand_that_would_be_automatic_is_drift_and_the_reverse_is_not() -> None:
    assert what_changed(a_plan(NOW_THERE, BY_HAND), NOW_THERE, SEVER) == [
        "go.sever_link would be automatic now and was approved as work by hand"
    ]
    assert what_changed(a_plan(NOW_THERE, SEVER), NOW_THERE, BY_HAND) == []


def test_another_wanted_value_is_drift() -> None:
    wanted = NOW_THERE.wanted.model_copy(update={"firm_access": {"7": date(2027, 1, 15)}})
    later = NOW_THERE.model_copy(update={"wanted": wanted})
    assert what_changed(a_plan(NOW_THERE, ACCESS), later, ACCESS) == ["go.end_access would now also change firm access"]


def test_what_could_not_be_seen_when_it_was_approved_is_covered() -> None:
    blind = a_plan(link_with(None, linked=None), ACCESS, SEVER)
    assert what_changed(blind, link_with({"7": None, "8": None}), ACCESS, SEVER) == []


def test_what_cannot_be_seen_any_more_is_no_drift() -> None:
    assert what_changed(a_plan(NOW_THERE, ACCESS, SEVER), link_with(None, linked=None), ACCESS, SEVER) == []


@pytest.mark.parametrize("state", [StepState.DONE, StepState.SKIPPED])
def test_what_the_case_did_or_a_person_left_out_is_no_drift(state: StepState) -> None:
    case = a_plan(NOW_THERE, ACCESS, SEVER)
    ended = {step.id: step.model_copy(update={"state": state, "attempts": 1}) for step in case.steps}
    case = case.model_copy(update={"steps": tuple(ended.values())})
    assert what_changed(case, link_with({"7": None, "8": None}), ACCESS, SEVER) == []


@pytest.mark.parametrize(
    "events", [(StepEvent.START,), (StepEvent.START, StepEvent.WAIT), (StepEvent.START, StepEvent.FAIL)]
)
def test_what_the_case_changes_right_now_is_no_drift(events: tuple[StepEvent, ...]) -> None:
    case = a_plan(NOW_THERE, ACCESS, BY_HAND)
    for step in case.steps:
        changed: Any = step.model_copy(update={"attempts": 1})
        for event in events:
            changed = changed.on(event)
        case = case.with_step(changed)
    assert what_changed(case, link_with({"7": date(2026, 12, 24), "8": None}), ACCESS, SEVER) == []
