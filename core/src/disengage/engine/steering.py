"""What people do to a case that is under way: retry, skip, cancel. Each is one transaction with one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from disengage.domain.case import Case, Step, Task, TaskKind, TaskState
from disengage.domain.lifecycle import STUCK, StepEvent, StepState, WaitsFor
from disengage.domain.values import digest
from disengage.domain.verbs import Verb
from disengage.engine.completeness import GAP, WRONG
from disengage.engine.keeping import keep, wake_all, wake_everything
from disengage.engine.who import reason_given, somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, LifecycleError
from disengage.store import Work

#: How the code of a blocker begins that the gate raises where a bag does not verify; the step's id follows.
DAMAGED = "history_damaged:"
#: How those begin of all that may be wrong with a copy.
POOR = (DAMAGED, WRONG, GAP)


def retry(workplace: Workplace, case_id: str, step_id: str | None = None, by: str = "disengage") -> Case:
    """Make due now whatever waits for a platform, and take up again what was refused or failed.

    A step that kept the history is taken up again, if it is named, where its copy is damaged, wrong or has gaps.

    Raises:
        InputError: There is no such step.
        LifecycleError: The named step has nothing to retry, or the case was cancelled.
    """
    now = workplace.now()
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        if case.cancelled:
            still_going(case)
        chosen = [case.step(step_id)] if step_id else list(case.steps)
        again = [step for step in chosen if (may_be_retried(case, step) if step_id else _waits_or_is_stuck(step))]
        if step_id and not again:
            raise LifecycleError(
                f"{step_id} is {chosen[0].state}; there is nothing to retry.",
                remedy="See what it waits for with 'disengage show'.",
            )
        take_up_again(workplace, work, again, now, actor=by)
    workplace.tell(work.events_written)
    return work.case


def take_up_again(
    workplace: Workplace, work: Work, steps: Sequence[Step], now: datetime, actor: str = "disengage"
) -> None:
    """Make steps due now, as a part of a change of their case; who was asked what becomes of them is asked no more."""
    case = work.case
    for step in steps:
        workplace.store.outages.works(step.connection)
        case = close_tasks(case.with_step(_again(step)), step.id, kind=TaskKind.DECIDE)
    case = _without_refusals(case, steps)
    work.event("retried", actor=actor, steps=[step.id for step in steps])
    keep(work, case, now)
    wake_everything(work, now)


def may_be_retried(case: Case, step: Step) -> bool:
    """Return whether a person may have this very step taken up again."""
    return _waits_or_is_stuck(step) or _has_a_poor_copy(case, step)


def _waits_or_is_stuck(step: Step) -> bool:
    return step.state in STUCK or (step.state is StepState.WAITING and step.waits_for is WaitsFor.PLATFORM)


def _has_a_poor_copy(case: Case, step: Step) -> bool:
    """Return whether the copy that this step kept was found damaged or wrong, or has gaps; accepted or not."""
    codes = {f"{code}{step.id}" for code in POOR}
    return step.state is StepState.DONE and any(finding.code in codes for finding in case.findings)


def _again(step: Step) -> Step:
    calm = {"wake_at": None, "failures": 0}
    if step.state is StepState.DONE:
        return step.on(StepEvent.REOPEN, outcome="", proof=None, checked={}, **calm)
    return step.on(StepEvent.RETRY, outcome="", **calm) if step.state in STUCK else step.model_copy(update=calm)


def _without_refusals(case: Case, steps: Iterable[Step]) -> Case:
    """Take away the findings that a refusal of these steps, or damage to what they kept, left."""
    codes = {f"{code}{step.id}" for step in steps for code in ("refused:", DAMAGED)}
    return case.model_copy(update={"findings": tuple(f for f in case.findings if f.code not in codes)})


def skip(workplace: Workplace, case_id: str, step_id: str, by: str, reason: str) -> Case:
    """Leave a step out, in writing. Skipping ``transfer_admin`` is the waiver that the gate asks for.

    Raises:
        LifecycleError: The step is finished or runs, or it keeps the history that the gate waits for.
    """
    now, who, why = workplace.now(), somebody(by), reason_given(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        still_going(work.case)
        leave_out(work, work.case.step(step_id), who, why, now)
    workplace.tell(work.events_written)
    return work.case


def leave_out(work: Work, step: Step, who: str, why: str, now: datetime) -> None:
    """Skip a step, as a part of a change of its case.

    Raises:
        LifecycleError: The step is finished or runs, or it keeps the history that the gate waits for.
    """
    if _is_beyond_skipping(step):
        raise LifecycleError(
            f"{step.id} is {step.state}; it cannot be skipped.",
            remedy="See where the case stands with 'disengage show'.",
        )
    if not may_be_left_out(step):
        raise BlockedError(
            f"{step.id} cannot be skipped: without the firm's own copy nothing irreversible may happen.",
            remedy="Bring the copy as evidence of its task, or cancel the case.",
        )
    case = work.case.with_step(step.on(StepEvent.SKIP, outcome=f"skipped by {who}", wake_at=None, acting_since=None))
    case = close_tasks(_without_refusals(case, [step]), step.id)
    work.evidence(step.id, "statement", by=who, detail={"reason": why})
    work.event("skipped", actor=who, step=step.id, reason_digest=digest(why))
    keep(work, case, now)
    wake_all(work, now)


def may_be_skipped(step: Step) -> bool:
    """Return whether a person may skip the step as it stands now."""
    return not _is_beyond_skipping(step) and may_be_left_out(step)


def _is_beyond_skipping(step: Step) -> bool:
    return step.finished or step.state is StepState.RUNNING


def may_be_left_out(step: Step) -> bool:
    """Return whether a person may skip the step at all: never the history that the gate waits for."""
    return not (step.verb is Verb.RETAIN_HISTORY and step.holds_gate)


def still_going(case: Case) -> None:
    """Let pass a case that is not over.

    Raises:
        LifecycleError: It is.
    """
    if case.over:
        raise LifecycleError(
            f"The case {case.id} is {case.state}; nothing can be changed any more.",
            remedy="See what was done with 'disengage show'.",
        )


def close_tasks(
    case: Case, step_id: str | None = None, state: TaskState = TaskState.DECLINED, kind: TaskKind | None = None
) -> Case:
    """Close the open tasks of one step, or of all; those of one kind, or of every one."""

    def closed(task: Task) -> Task:
        mine = task.state is TaskState.OPEN and step_id in (None, task.step) and kind in (None, task.kind)
        return task.model_copy(update={"state": state}) if mine else task

    return case.model_copy(update={"tasks": tuple(map(closed, case.tasks))})


def cancel(workplace: Workplace, case_id: str, by: str, reason: str) -> Case:
    """End the case without ending the client; what was done stays done.

    Raises:
        LifecycleError: The case is over already.
    """
    who, why = somebody(by), reason_given(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        still_going(work.case)
        work.case = close_tasks(work.case.model_copy(update={"cancelled": True}))
        done = [step.id for step in work.case.steps if step.attempts and step.finished]
        work.event("cancelled", actor=who, reason=digest(why), done=done)
        if work.case.steps:
            work.evidence(work.case.steps[0].id, "statement", by=who, detail={"cancelled": why})
    workplace.tell(work.events_written)
    return work.case
