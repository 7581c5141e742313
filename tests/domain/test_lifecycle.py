"""The tables of states."""

from __future__ import annotations

import pytest
from disengage.domain.lifecycle import (
    FINISHED,
    STEP_TABLE,
    STUCK,
    CaseState,
    StepEvent,
    StepState,
    after,
    case_state,
)
from disengage.errors import LifecycleError
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_step

PAIRS = [(state, event) for state in StepState for event in StepEvent]


@pytest.mark.parametrize(("state", "event"), [pair for pair in PAIRS if pair not in STEP_TABLE])
def test_an_event_that_the_table_does_not_have_changes_nothing(state: StepState, event: StepEvent) -> None:
    step = a_step(state=state)
    with pytest.raises(LifecycleError):
        step.on(event, outcome="changed")
    assert step == a_step(state=state)


@pytest.mark.parametrize(("state", "event"), list(STEP_TABLE))
def test_an_event_of_the_table_leads_where_the_table_says(state: StepState, event: StepEvent) -> None:
    changed = a_step(state=state, outcome="before").on(event, outcome="after")
    assert changed == a_step(state=STEP_TABLE[state, event], outcome="after")


def test_every_state_is_reached_from_planned() -> None:
    reached = {StepState.PLANNED}
    for _ in StepState:
        reached |= {after(state, event) for state, event in STEP_TABLE if state in reached}
    assert reached == set(StepState)


def test_every_state_but_the_finished_ones_can_still_be_finished() -> None:
    ends = set(FINISHED)
    for _ in StepState:
        ends |= {state for (state, _), following in STEP_TABLE.items() if following in ends}
    assert ends == set(StepState)


def test_skipped_is_final_and_done_only_reopens() -> None:
    assert {event for state, event in STEP_TABLE if state is StepState.SKIPPED} == set()
    assert {event for state, event in STEP_TABLE if state is StepState.DONE} == {StepEvent.REOPEN}


def test_what_is_stuck_waits_for_a_person_to_retry_or_skip() -> None:
    for stuck in STUCK:
        assert {event for state, event in STEP_TABLE if state is stuck} == {StepEvent.RETRY, StepEvent.SKIP}


def test_only_a_running_step_can_be_done() -> None:
    assert {state for state, event in STEP_TABLE if event is StepEvent.DO} == {StepState.RUNNING}


@pytest.mark.parametrize(
    ("steps", "approved", "cancelled", "state"),
    [
        ([], False, False, CaseState.PLANNED),
        ([], True, False, CaseState.APPROVED),
        ([], False, True, CaseState.CANCELLED),
        (["planned"], False, False, CaseState.PLANNED),
        (["planned"], True, False, CaseState.APPROVED),
        (["waiting", "planned"], True, False, CaseState.WAITING),
        (["waiting", "planned"], False, False, CaseState.ATTENTION),
        (["waiting", "running"], True, False, CaseState.RUNNING),
        (["running", "failed"], True, False, CaseState.ATTENTION),
        (["done", "refused"], True, False, CaseState.ATTENTION),
        (["done", "skipped"], True, False, CaseState.CLOSED),
        (["done", "skipped"], False, False, CaseState.CLOSED),
        (["done", "failed"], True, True, CaseState.CANCELLED),
    ],
)
def test_where_a_case_stands(steps: list[str], approved: bool, cancelled: bool, state: CaseState) -> None:
    assert case_state(map(StepState, steps), approved=approved, cancelled=cancelled) is state


@given(st.lists(st.sampled_from(StepState)), st.booleans(), st.booleans(), st.randoms())
def test_the_order_and_number_of_its_steps_do_not_matter_to_a_case(steps, approved, cancelled, random) -> None:
    shuffled = [*steps, *steps]
    random.shuffle(shuffled)
    once = case_state(steps, approved=approved, cancelled=cancelled)
    assert case_state(shuffled, approved=approved, cancelled=cancelled) is once
