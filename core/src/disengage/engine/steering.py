"""What people do to a case: approve, retry, skip, move, cancel. Each is one transaction with one event."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from disengage.domain.case import Approval, Case, Step, Task, TaskState
from disengage.domain.difference import Comparison
from disengage.domain.lifecycle import STUCK, StepEvent, StepState, WaitsFor
from disengage.domain.progress import Settled, settle
from disengage.domain.values import digest
from disengage.domain.verbs import Mode, Verb
from disengage.engine.survey import Survey, propose
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, InputError, LifecycleError
from disengage.store import Work

#: The outbox address of the observation before the first changing step.
REVIEW = "@review"


def gate_address(connection: str) -> str:
    """Return the outbox address of the gate that one connection waits at."""
    return f"@gate:{connection}"


def keep(work: Work, case: Case, now: datetime) -> Settled:
    """Settle ``case`` and put it into ``work``, with a wake for every link that waits for a moment."""
    settled = settle(case, now)
    work.case = settled.case
    for link, at in settled.wakes.items():
        work.wake(link, at)
    return settled


def wake_all(work: Work, now: datetime) -> None:
    """Have every link of the case looked at now."""
    for link in work.case.links:
        work.wake(link.id, now)


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
        BlockedError: A blocker is open, the plan is another one by now, or this person approved already.
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


def _may_be_approved(case: Case, who: str, plan_hash: str | None) -> None:
    if case.over:
        raise LifecycleError(f"The case {case.id} is {case.state}; there is nothing to approve.")
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
    if any(a.by.casefold() == who.casefold() for a in case.approvals if a.plan_hash == case.plan_hash):
        raise BlockedError(
            f"{who} approved this plan already.",
            remedy=f"It needs {case.needed} different people." if case.needed > 1 else "It needs no further approval.",
        )


def retry(workplace: Workplace, case_id: str, step_id: str | None = None) -> Case:
    """Make due now whatever waits for a platform, and take up again what was refused or failed.

    Raises:
        InputError: There is no such step.
        LifecycleError: The named step has nothing to retry.
    """
    now = workplace.now()
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        chosen = [case.step(step_id)] if step_id else list(case.steps)
        again = [step for step in chosen if _may_be_retried(step)]
        if step_id and not again:
            raise LifecycleError(f"{step_id} is {chosen[0].state}; there is nothing to retry.")
        for step in again:
            workplace.store.resume(step.connection)
            case = case.with_step(_again(step))
        case = _without_refusals(case, again)
        work.event("retried", steps=[step.id for step in again])
        keep(work, case, now)
        wake_all(work, now)
        for connection in {step.connection for step in work.case.steps if step.waits_for is WaitsFor.GATE}:
            work.wake(gate_address(connection), now)
        if case.approved and not case.reviewed:
            work.wake(REVIEW, now)
    workplace.tell(work.events_written)
    return work.case


def _may_be_retried(step: Step) -> bool:
    return step.state in STUCK or (step.state is StepState.WAITING and step.waits_for is WaitsFor.PLATFORM)


def _again(step: Step) -> Step:
    calm = {"wake_at": None, "failures": 0}
    return step.on(StepEvent.RETRY, outcome="", **calm) if step.state in STUCK else step.model_copy(update=calm)


def _without_refusals(case: Case, steps: Iterable[Step]) -> Case:
    """Take away the findings that a refusal of these steps left."""
    codes = {f"refused:{step.id}" for step in steps}
    return case.model_copy(update={"findings": tuple(f for f in case.findings if f.code not in codes)})


def skip(workplace: Workplace, case_id: str, step_id: str, by: str, reason: str) -> Case:
    """Leave a step out, in writing. Skipping ``transfer_admin`` is the waiver that the gate asks for.

    Raises:
        LifecycleError: The step is finished or runs, or it keeps the history that the gate waits for.
    """
    now, who, why = workplace.now(), somebody(by), _reason(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        _still_going(case)
        step = case.step(step_id)
        if step.verb is Verb.RETAIN_HISTORY and step.holds_gate and not step.finished:
            raise BlockedError(
                f"{step.id} cannot be skipped: without the firm's own copy nothing irreversible may happen.",
                remedy="Bring the copy as evidence of its task, or cancel the case.",
            )
        case = case.with_step(step.on(StepEvent.SKIP, outcome=f"skipped by {who}", wake_at=None, acting_since=None))
        case = close_tasks(_without_refusals(case, [step]), step.id)
        work.evidence(step.id, "statement", by=who, detail={"reason": why})
        work.event("skipped", actor=who, step=step.id, reason_digest=digest(why))
        keep(work, case, now)
        wake_all(work, now)
    workplace.tell(work.events_written)
    return work.case


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InputError("No reason was given.", remedy="Say why with --reason TEXT.")
    return reason.strip()


def _still_going(case: Case) -> None:
    if case.over:
        raise LifecycleError(f"The case {case.id} is {case.state}; nothing can be changed any more.")


def close_tasks(case: Case, step_id: str | None = None, state: TaskState = TaskState.DECLINED) -> Case:
    """Close the open tasks of one step, or of all."""

    def closed(task: Task) -> Task:
        mine = task.state is TaskState.OPEN and step_id in (None, task.step)
        return task.model_copy(update={"state": state}) if mine else task

    return case.model_copy(update={"tasks": tuple(map(closed, case.tasks))})


def cancel(workplace: Workplace, case_id: str, by: str, reason: str) -> Case:
    """End the case without ending the client; what was done stays done.

    Raises:
        LifecycleError: The case is over already.
    """
    who, why = somebody(by), _reason(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        _still_going(work.case)
        work.case = close_tasks(work.case.model_copy(update={"cancelled": True}))
        done = [step.id for step in work.case.steps if step.attempts and step.finished]
        work.event("cancelled", actor=who, reason=digest(why), done=done)
        if work.case.steps:
            work.evidence(work.case.steps[0].id, "statement", by=who, detail={"cancelled": why})
    workplace.tell(work.events_written)
    return work.case


def move(workplace: Workplace, case_id: str, step_id: str, to: date, by: str) -> tuple[Case, tuple[str, ...]]:
    """Change the date of a step that has not started; return the case and what else moved with it.

    Raises:
        LifecycleError: The step has started.
        InputError: The date does not fit.
    """
    now, who = workplace.now(), somebody(by)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        _still_going(case)
        step = case.step(step_id)
        _may_be_moved(case, step)
        option = _option_moved(case, step, to)
        moved = _move_option(workplace, case, step, *option) if option else _move_step(case, step, to)
        also = tuple(s.id for s in moved.steps if s.id != step.id and _dates(s) != _dates(case.step(s.id)))
        work.event("moved", actor=who, step=step.id, to=str(to), moved_along=list(also))
        keep(work, moved, now)
        wake_all(work, now)
    workplace.tell(work.events_written)
    return work.case, also


def _dates(step: Step) -> tuple[Any, ...]:
    return step.due, step.deadline, step.changes


def _may_be_moved(case: Case, step: Step) -> None:
    if step.attempts or step.finished or case.open_task(step.id) or step.state in STUCK:
        raise LifecycleError(
            f"{step.id} has started ({step.state}); its date cannot be moved any more.",
            remedy="Skip it with a reason, or cancel the case.",
        )


def _move_step(case: Case, step: Step, to: date) -> Case:
    return case.with_step(step.model_copy(update={"due": to}))


def _option_moved(case: Case, step: Step, to: date) -> tuple[str, date] | None:
    """Return the option and its new date if moving ``step`` to ``to`` means moving a date among the options.

    A step that comes from such a date moves it. So does a step that *sets* such a date on the platform (the users'
    last day) when it is moved to where it could not be carried out any more, behind a step that waits for it.
    """
    sources = [s for s in case.steps_of(step.link) if s.date_option and s.due]
    if step.date_option and step.due:
        return step.date_option, _shifted(case, step, to)
    followers = [s.due for s in case.steps_of(step.link) if step.id in s.after and s.due and not s.finished]
    if sources and any(change.field == "firm_access" for change in step.changes) and followers and to > min(followers):
        return sources[0].date_option, to
    return None


def _shifted(case: Case, step: Step, to: date) -> date:
    """Return the option's date, which may lie some days before the step's own."""
    given = case.effective.options_for(step.connection).get(step.date_option)
    old = given if isinstance(given, date) else date.fromisoformat(str(given))
    assert step.due is not None
    return to - (step.due - old)


def _move_option(workplace: Workplace, case: Case, step: Step, option: str, to: date) -> Case:
    """Move a date among the options, and with it every step of the link that depends on it."""
    dates = {**case.moved.get(step.connection, {}), option: str(to)}
    case = case.model_copy(update={"moved": {**case.moved, step.connection: dates}})
    fresh = propose(workplace, case.link(step.link), case.effective)
    blockers = [f for f in fresh.findings if f.severity == "blocker" and f.code not in {b.code for b in case.blockers}]
    if blockers:
        raise InputError(f"The date does not fit: {blockers[0].message}", remedy=blockers[0].remedy)
    return _merged(case, fresh)


def _merged(case: Case, fresh: Survey) -> Case:
    """Take dates and targets of the fresh proposal into the standing steps."""
    link = fresh.links[0]
    case = case.model_copy(update={"links": tuple(link if k.id == link.id else k for k in case.links)})
    for new in fresh.steps:
        old = next((step for step in case.steps if step.id == new.id), None)
        if old is not None:
            case = case.with_step(_redated(case, old, new))
    return case


def _redated(case: Case, old: Step, new: Step) -> Step:
    update = {"deadline": new.deadline, "changes": new.changes or old.changes}
    if not old.finished and old.mode is not Mode.NOT_NEEDED and new.date_option:
        return old.model_copy(update={**update, "due": new.due})
    undone = old.state is StepState.DONE and case.comparison(old) is Comparison.DIFFERENT
    if undone and old.mode is Mode.AUTOMATIC:
        return old.on(StepEvent.REOPEN, proof=None, outcome="", accepted=False, looks=0, **update)
    return old if old.finished else old.model_copy(update=update)
