"""What keeps the gate shut, one thing at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from disengage.domain import gate, progress
from disengage.domain.case import Case
from disengage.domain.lifecycle import StepEvent, WaitsFor
from disengage.domain.verbs import Mode

from tests.builders import NOW, a_finding
from tests.domain.scenes import after_events, ready_for_the_gate, seeing, through_the_gate

ONLY_US = "on go nobody but the firm holds the administrator role, and nobody waived this"


def blocked(connection: str | None) -> dict[str, Any]:
    return {"findings": (a_finding(code="own_words", severity="blocker", connection=connection),)}


def test_the_gate_opens_when_nothing_is_in_the_way() -> None:
    assert gate.shut_because(ready_for_the_gate(), "go") == ()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"needed": 3}, "the plan is not approved"),
        ({"fresh": False}, "the plan is not approved"),
        ({"plan_hash": "sha256:another"}, "the plan is not approved"),
        (blocked(None), "blocker own_words"),
        (blocked("go"), "blocker own_words"),
        (blocked("crm"), "blocker own_words"),
    ],
)
def test_what_the_case_lacks_keeps_the_gate_shut(changed: dict[str, Any], reason: str) -> None:
    case = ready_for_the_gate().model_copy(update=changed)
    assert gate.shut_because(case, "go") == (reason,)
    assert not gate.is_open(through_the_gate().model_copy(update=changed), "go", NOW)


@pytest.mark.parametrize("event", [StepEvent.FAIL, StepEvent.REFUSE, StepEvent.WAIT, StepEvent.NOT_NEEDED])
def test_a_copy_that_is_not_kept_keeps_the_gate_shut_for_the_whole_case(event: StepEvent) -> None:
    def undone(case: Case) -> Case:
        return after_events(case, "crm.retain_history", StepEvent.REOPEN, StepEvent.START, event)

    assert gate.shut_because(undone(ready_for_the_gate()), "go") == ("crm.retain_history is not done",)
    assert not gate.is_open(undone(through_the_gate()), "go", NOW)


def test_a_copy_that_exists_only_afterwards_is_not_waited_for() -> None:
    late = ready_for_the_gate().step("go.retain_history.archive")
    assert not late.finished
    assert gate.shut_because(ready_for_the_gate(), "go") == ()


def test_with_a_gate_for_each_connection_the_others_do_not_count() -> None:
    case = ready_for_the_gate(policy_gate="connection", **blocked("crm"))
    case = after_events(case, "crm.retain_history", StepEvent.REOPEN)
    assert gate.shut_because(case, "go") == ()
    assert gate.shut_because(case, "crm") == ("blocker own_words", "crm.retain_history is not done")


@pytest.mark.parametrize("shown", [False, None])
def test_the_firm_as_only_administrator_keeps_the_gate_shut_until_it_is_handed_over(shown: bool | None) -> None:
    case = after_events(
        seeing(ready_for_the_gate(), "go", client_administers=shown), "go.transfer_admin", StepEvent.REOPEN
    )
    assert gate.shut_because(case, "crm") == (ONLY_US,)
    assert gate.shut_because(after_events(case, "go.transfer_admin", StepEvent.SKIP), "crm") == ()


def test_a_step_that_says_done_counts_only_where_the_platform_cannot_tell() -> None:
    done = ready_for_the_gate()
    assert gate.shut_because(seeing(done, "go", client_administers=None), "go") == ()
    assert gate.shut_because(seeing(done, "go", client_administers=False), "go") == (ONLY_US,)


def test_a_role_that_the_plan_left_alone_is_no_waiver() -> None:
    case = seeing(ready_for_the_gate(), "go", client_administers=False)
    left_alone = case.step("go.transfer_admin").model_copy(update={"mode": Mode.NOT_NEEDED})
    assert gate.shut_because(case.with_step(left_alone), "go") == (ONLY_US,)


def test_the_gate_closes_after_a_day() -> None:
    case = through_the_gate()
    assert gate.is_open(case, "go", NOW + gate.STAYS_OPEN - timedelta(seconds=1))
    assert not gate.is_open(case, "go", NOW + gate.STAYS_OPEN)


def test_one_name_written_in_two_ways_is_one_person() -> None:
    assert not ready_for_the_gate(needed=3).approved
    assert ready_for_the_gate(needed=2).approved
    twice = ready_for_the_gate(needed=2)
    again = twice.approvals[0].model_copy(update={"by": "ANNA"})
    assert not twice.model_copy(update={"approvals": (twice.approvals[0], again)}).approved


def test_a_step_of_a_plan_that_nobody_approved_waits_for_approval_whatever_else_it_waits_for() -> None:
    case = ready_for_the_gate(needed=3)
    waiting = {progress.waits_for(case, step, NOW) for step in case.steps if not step.finished}
    assert waiting == {WaitsFor.APPROVAL}


def test_the_gate_is_asked_only_when_a_gated_step_waits_for_nothing_else() -> None:
    case = after_events(ready_for_the_gate(), "go.remove_extensions", StepEvent.SKIP)
    due = NOW + timedelta(days=45)
    assert progress.wants_gate(case, NOW) is None, "it is not due"
    assert progress.wants_gate(case, due) == "go"
    assert progress.waits_for(case, case.step("go.end_access"), due) is WaitsFor.GATE
    assert progress.wants_gate(case.model_copy(update={"reviewed": False}), due) is None
    assert progress.wants_gate(case.model_copy(update=blocked("crm")), due) is None
    assert progress.wants_gate(case.model_copy(update={"cancelled": True}), due) is None
