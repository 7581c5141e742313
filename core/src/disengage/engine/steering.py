"""What people do to a case: approve, retry, skip, move, cancel. Each is one transaction with one event."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from disengage.domain import gate
from disengage.domain.case import Approval, Case, Step, Task, TaskKind, TaskState
from disengage.domain.lifecycle import STUCK, CaseState, StepEvent, StepState, WaitsFor
from disengage.domain.progress import Settled, look_ahead_at, newly_wants_gate, settle
from disengage.domain.values import digest
from disengage.domain.verbs import Verb
from disengage.engine.completeness import GAP, WRONG
from disengage.engine.patience import WATCH_EVERY
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, InputError, LifecycleError
from disengage.store import Work

#: How the code of a blocker begins that the gate raises where a bag does not verify; the step's id follows.
DAMAGED = "history_damaged:"
#: How those begin of all that may be wrong with a copy.
POOR = (DAMAGED, WRONG, GAP)
#: The outbox address of the observation before the first changing step.
REVIEW = "@review"
#: That of the dry observation shortly before a dated step.
AHEAD = "@ahead"
#: That of the look at a closed case.
WATCH = "@watch"


def gate_address(connection: str) -> str:
    """Return the outbox address of the gate that one connection waits at."""
    return f"@gate:{connection}"


def keep(work: Work, case: Case, now: datetime) -> Settled:
    """Settle ``case`` and put it into ``work``, with a wake for every link that waits for a moment.

    The gate is asked as well if that has just become worth it.
    """
    before, settled = work.case, settle(case, now)
    work.case = _closed(work, settled.case, now) if settled.case.state is CaseState.CLOSED else settled.case
    connection = newly_wants_gate(before, settled.case, now)
    if connection:
        work.wake(gate_address(connection), now)
    for link, at in settled.wakes.items():
        work.wake(link, at)
    ahead = look_ahead_at(settled.case, now)
    if ahead:
        work.wake(AHEAD, ahead)
    return settled


def _closed(work: Work, case: Case, now: datetime) -> Case:
    """Note when the case was closed, and have the platforms looked at again from then on."""
    if case.closed_at:
        return case
    work.event("closed", proofs=dict(sorted(Counter(str(s.proof) for s in case.steps if s.proof).items())))
    work.wake(WATCH, now + WATCH_EVERY)
    return case.model_copy(update={"closed_at": now})


def wake_all(work: Work, now: datetime) -> None:
    """Have every link of the case looked at now."""
    for link in work.case.links:
        work.wake(link.id, now)


def wake_everything(work: Work, now: datetime) -> None:
    """Have every link looked at now, the gate asked where steps wait at it, and the review made if it was not."""
    wake_all(work, now)
    waiting = {step.connection for step in work.case.steps if step.waits_for is WaitsFor.GATE}
    for connection in gate.asked_for(work.case, waiting):
        work.wake(gate_address(connection), now)
    if work.case.approved and not work.case.reviewed:
        work.wake(REVIEW, now)


def somebody(by: str) -> str:
    """Return the name of the person who acts.

    Raises:
        InputError: No name was given.
    """
    name = " ".join(unicodedata.normalize("NFC", by).split())
    if not name:
        raise InputError("Nobody was named.", remedy="Say who does this with --by WHO.")
    return name


def approve(workplace: Workplace, case_id: str, by: str, plan_hash: str | None = None) -> Case:
    """Approve exactly the plan that stands, or the one named by ``plan_hash`` if that is the same.

    Raises:
        BlockedError: A blocker is open, the plan is another one by now, or this person approved already, or asked for
            it and would be the last of several.
    """
    now, who = workplace.now(), somebody(by)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        _may_be_approved(case, who, plan_hash)
        approval = Approval(by=who, at=now, plan_hash=case.plan_hash)
        standing = tuple(a for a in case.approvals if a.plan_hash == case.plan_hash)
        case = case.model_copy(update={"approvals": (*standing, approval), "fresh": True})
        work.event("approved", actor=who, plan_hash=case.plan_hash, enough=case.approved)
        keep(work, case, now)
        if case.approved:
            work.wake(REVIEW, now)
    workplace.tell(work.events_written)
    return work.case


def may_approve(case: Case, who: str) -> bool:
    """Return whether this person may be the next to approve the plan that stands."""
    try:
        _may_be_approved(case, who, None)
    except LifecycleError:
        return False
    return not case.approved


def _may_be_approved(case: Case, who: str, plan_hash: str | None) -> None:
    if case.over:
        raise LifecycleError(
            f"The case {case.id} is {case.state}; there is nothing to approve.",
            remedy="See what was done with 'disengage show'.",
        )
    if case.blockers:
        raise BlockedError(
            f"The case {case.id} cannot be approved: {len(case.blockers)} blocker(s) are open "
            f"({', '.join(f.code for f in case.blockers)}).",
            remedy="Clear them (see 'disengage show'), then plan again.",
        )
    if plan_hash is not None and plan_hash.removeprefix("sha256:") != case.plan_hash.removeprefix("sha256:"):
        raise BlockedError(
            f"The plan of case {case.id} is not the one you saw: it is {case.plan_hash} now.",
            remedy="Look at it with 'disengage show' and approve that one.",
        )
    _four_eyes(case, who)


def _four_eyes(case: Case, who: str) -> None:
    """Let pass who did not approve this plan yet; the last of several approvals is not for whoever asked."""
    given = {a.by.casefold() for a in case.approvals if a.plan_hash == case.plan_hash}
    if who.casefold() in given:
        raise BlockedError(
            f"{who} approved this plan already.",
            remedy=f"It needs {case.needed} different people." if case.needed > 1 else "It needs no further approval.",
        )
    if who.casefold() == case.asked_by.casefold() and case.needed > 1 and len(given) + 1 >= case.needed:
        raise BlockedError(
            f"{who} asked for this case and cannot give the last approval of its plan.",
            remedy=f"It needs {case.needed} different people; have somebody else approve it.",
        )


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
    now, who, why = workplace.now(), somebody(by), _reason(reason)
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


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InputError("No reason was given.", remedy="Say why with --reason TEXT.")
    return reason.strip()


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
    who, why = somebody(by), _reason(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        still_going(work.case)
        work.case = close_tasks(work.case.model_copy(update={"cancelled": True}))
        done = [step.id for step in work.case.steps if step.attempts and step.finished]
        work.event("cancelled", actor=who, reason=digest(why), done=done)
        if work.case.steps:
            work.evidence(work.case.steps[0].id, "statement", by=who, detail={"cancelled": why})
    workplace.tell(work.events_written)
    return work.case
