"""Any interleaving of what can happen to a case keeps the gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from disengage.domain import gate, progress
from disengage.domain.case import Approval, Case, Step, TaskState
from disengage.domain.lifecycle import CaseState, StepEvent, StepState
from disengage.domain.verbs import Verb
from disengage.errors import LifecycleError
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.builders import NOW, a_finding, a_task
from tests.domain.scenes import a_two_link_case, after_events, ready_for_the_gate, seeing, through_the_gate

LINKS = ("go", "crm")
PEOPLE = ("Anna", "Bo", "BO")
STEPS = tuple(step.id for step in a_two_link_case().steps)
PAUSES = (timedelta(minutes=1), timedelta(hours=23), timedelta(days=1), timedelta(days=45))
#: Whatever may happen to a step by itself or by a person; starting it is for ``progress.next_step`` to allow.
EVENTS = tuple(happening for happening in StepEvent if happening is not StepEvent.START)


class AnyLife(RuleBasedStateMachine):
    """A case, the time, and (kept apart from the case) when the gate was really opened."""

    case: Case
    now: datetime
    opened: dict[str, datetime]

    @initialize(
        stage=st.sampled_from([a_two_link_case, ready_for_the_gate, through_the_gate, through_the_gate]),
        policy=st.sampled_from(["case", "connection"]),
        needed=st.integers(1, 2),
    )
    def begin(self, stage: Callable[..., Case], policy: str, needed: int) -> None:
        self.case, self.now = stage(policy_gate=policy, needed=needed), NOW
        self.opened = dict(self.case.gate_opened)

    # --- people and the plan

    @rule(who=st.sampled_from(PEOPLE))
    def someone_approves(self, who: str) -> None:
        approval = Approval(by=who, at=self.now, plan_hash=self.case.plan_hash)
        self.change(approvals=(*self.case.approvals, approval), fresh=True)

    @rule(again=st.booleans())
    def the_plan_becomes_stale(self, again: bool) -> None:
        self.change(fresh=False, reviewed=self.case.reviewed and again)

    @rule(letter=st.sampled_from("ab"))
    def the_plan_becomes_another(self, letter: str) -> None:
        self.change(plan_hash=f"sha256:{letter * 64}")

    @rule()
    def everything_is_observed_again(self) -> None:
        if progress.wants_review(self.case):
            self.change(reviewed=True)

    @rule(sure=st.sampled_from([False] * 9 + [True]))
    def the_case_is_cancelled(self, sure: bool) -> None:
        self.change(cancelled=self.case.cancelled or sure)

    # --- findings, platforms, time

    @rule(where=st.sampled_from([None, *LINKS]))
    def a_blocker_appears(self, where: str | None) -> None:
        self.change(findings=(*self.case.findings, a_finding(severity="blocker", connection=where)))

    @rule()
    def the_blockers_are_cleared(self) -> None:
        self.change(findings=())

    @rule(firm=st.booleans(), client=st.sampled_from([None, False, True]))
    def roles_change_on_the_platform(self, firm: bool, client: bool | None) -> None:
        self.case = seeing(self.case, "go", firm_is_administrator=firm, client_administers=client)

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause

    # --- steps

    @rule(link=st.sampled_from(LINKS), ending=st.sampled_from([*EVENTS, StepEvent.DO, StepEvent.DO]))
    def a_step_is_taken_up(self, link: str, ending: StepEvent) -> None:
        step = progress.next_step(self.case, link, self.now)
        if step is not None:
            event(f"took up a {'gated' if step.gated else 'free'} step")
            self.case = self.case.with_step(step.on(StepEvent.START, attempts=step.attempts + 1))
            self.anything_happens_to_a_step(step.id, ending, None)

    @rule(
        step_id=st.sampled_from(STEPS),
        happening=st.sampled_from(EVENTS),
        wake=st.none() | st.sampled_from(PAUSES),
    )
    def anything_happens_to_a_step(self, step_id: str, happening: StepEvent, wake: timedelta | None) -> None:
        before = self.case.step(step_id)
        try:
            changed = before.on(happening, wake_at=self.now + wake if wake else None)
        except LifecycleError:
            assert self.case.step(step_id) == before
        else:
            self.case = self.case.with_step(changed)

    @rule(link=st.sampled_from(LINKS), day=st.just(datetime(2027, 1, 1, 12, tzinfo=UTC)))
    def all_that_can_be_done_is_done_on_the_day(self, link: str, day: datetime) -> None:
        self.now = max(self.now, day)
        while step := progress.next_step(self.case, link, self.now):
            self.no_gated_step_starts_before_the_gate()
            event(f"did a {'gated' if step.gated else 'free'} step")
            self.case = after_events(self.case, step.id, StepEvent.START, StepEvent.DO)

    @rule(step_id=st.sampled_from(STEPS), state=st.sampled_from(TaskState))
    def a_task_is_opened_or_closed(self, step_id: str, state: TaskState) -> None:
        self.change(tasks=(a_task(self.case.step(step_id), state=state),))

    @rule()
    def the_case_is_settled(self) -> None:
        self.case = progress.settle(self.case, self.now).case

    # --- the gate

    @rule(connection=st.sampled_from(LINKS))
    def the_gate_is_asked(self, connection: str) -> None:
        if gate.shut_because(self.case, connection):
            return
        event("the gate opened")
        assert self.holds(connection)
        assert self.somebody_else_administers(connection)
        group = (connection,) if self.case.policy_gate == "connection" else LINKS
        self.opened |= dict.fromkeys(group, self.now)
        self.change(gate_opened={**self.case.gate_opened, **dict.fromkeys(group, self.now)})

    # --- what must hold

    @invariant()
    def no_gated_step_starts_before_the_gate(self) -> None:
        for step in self.case.steps:
            may = progress.waits_for(self.case, step.model_copy(update={"state": StepState.PLANNED}), self.now) is None
            assert not (step.gated and may) or self.is_open_for(step.connection)
        for link in LINKS:
            step = progress.next_step(self.case, link, self.now)
            if step is not None and step.gated and step.state is not StepState.RUNNING:
                assert self.is_open_for(step.connection)

    @invariant()
    def nothing_starts_unless_the_case_is_approved_and_reviewed(self) -> None:
        if any(progress.next_step(self.case, link, self.now) for link in LINKS):
            assert self.enough_people()
            assert self.case.reviewed
            assert not self.case.cancelled

    @invariant()
    def the_state_of_the_case_is_a_function_of_its_steps(self) -> None:
        assert self.case.state is state_by_prose(self.case.steps, self.enough_people(), self.case.cancelled)

    @invariant()
    def settling_twice_is_settling_once(self) -> None:
        once = progress.settle(self.case, self.now)
        assert progress.settle(once.case, self.now) == once

    def change(self, **fields: object) -> None:
        self.case = self.case.model_copy(update=fields)

    def enough_people(self) -> bool:
        """Said again here, from the contract, so that the code is not compared with itself."""
        people = {a.by.lower() for a in self.case.approvals if a.plan_hash == self.case.plan_hash}
        return self.case.fresh and len(people) >= self.case.needed

    def holds(self, connection: str) -> bool:
        together = (connection,) if self.case.policy_gate == "connection" else LINKS
        copies = [
            step.state is StepState.DONE
            for step in self.case.steps
            if step.verb is Verb.RETAIN_HISTORY and step.part == "" and step.connection in together
        ]
        blocked = any(f.connection is None or f.connection in together for f in self.case.blockers)
        return self.enough_people() and all(copies) and not blocked

    def somebody_else_administers(self, connection: str) -> bool:
        if connection != "go" and self.case.policy_gate == "connection":
            return True
        seen, transfer = self.case.link("go").observed, self.case.step("go.transfer_admin").state
        by_word = transfer is StepState.SKIPPED or (transfer is StepState.DONE and seen.client_administers is None)
        return not seen.firm_is_administrator or seen.client_administers is True or by_word

    def is_open_for(self, connection: str) -> bool:
        opened = self.opened.get(connection)
        return opened is not None and self.now - opened < timedelta(hours=24) and self.holds(connection)


def state_by_prose(steps: tuple[Step, ...], approved: bool, cancelled: bool) -> CaseState:
    """Say where a case stands, word by word as the pages do."""
    states = {step.state for step in steps}
    if cancelled:
        return CaseState.CANCELLED
    if states <= {StepState.DONE, StepState.SKIPPED}:
        return CaseState.CLOSED
    if states & {StepState.REFUSED, StepState.FAILED}:
        return CaseState.ATTENTION
    if StepState.RUNNING in states:
        return CaseState.RUNNING
    if StepState.WAITING in states:
        return CaseState.WAITING if approved else CaseState.ATTENTION
    return CaseState.APPROVED if approved else CaseState.PLANNED


TestAnyInterleaving = AnyLife.TestCase
TestAnyInterleaving.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


def test_the_way_through_is_open_when_everything_is_in_order() -> None:
    case = after_events(through_the_gate(), "go.remove_extensions", StepEvent.SKIP)
    step = progress.next_step(case, "go", NOW + timedelta(days=45))
    assert step is None, "the gate that opened 45 days ago is asked again"
    later = NOW + timedelta(days=45)
    step = progress.next_step(case.model_copy(update={"gate_opened": {"go": later}}), "go", later)
    assert step is not None
    assert step.id == "go.end_access"


@pytest.mark.parametrize("state", list(StepState))
def test_a_step_that_runs_is_taken_up_again_and_one_that_ended_is_not(state: StepState) -> None:
    case = a_two_link_case(approved_by=("Anna",), reviewed=True)
    first = case.step("go.transfer_admin").model_copy(update={"state": state})
    case = case.model_copy(update={"steps": (first,)})
    startable = state in (StepState.PLANNED, StepState.WAITING, StepState.RUNNING)
    assert (progress.next_step(case, "go", NOW) == first) is startable
