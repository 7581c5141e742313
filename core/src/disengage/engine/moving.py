"""Move dates: of one step, or of an option that several steps depend on."""

from __future__ import annotations

from datetime import date
from typing import Any

from disengage.domain.case import Case, Step
from disengage.domain.difference import Comparison
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import STUCK, StepEvent, StepState
from disengage.domain.values import digest
from disengage.domain.verbs import Mode
from disengage.engine.keeping import keep, wake_all
from disengage.engine.steering import still_going
from disengage.engine.survey import Survey, propose
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import InputError, LifecycleError


def move(
    workplace: Workplace, case_id: str, step_id: str, to: date, by: str, reason: str = ""
) -> tuple[Case, tuple[str, ...]]:
    """Change the date of a step that has not started; return the case and what else moved with it.

    A reason is kept as that person's statement.

    Raises:
        LifecycleError: The step has started.
        InputError: The date does not fit.
    """
    who, why = somebody(by), reason.strip()
    case = workplace.store.case(case_id)
    still_going(case)
    step = case.step(step_id)
    _refuse_started(case, step)
    option = _option_moved(case, step, to)
    moved = _move_option(workplace, case, step, *option) if option else _move_step(case, step, to)
    also = tuple(s.id for s in moved.steps if s.id != step.id and _dates(s) != _dates(case.step(s.id)))
    now = workplace.now()
    with workplace.store.change(case.id) as work:
        if work.case != case:
            raise LifecycleError(f"The case {case.id} was changed at the same moment.", remedy="Move the step again.")
        because = {"reason_digest": digest(why)} if why else {}
        work.event("moved", actor=who, step=step.id, to=str(to), moved_along=list(also), **because)
        if why:
            work.evidence(step.id, "statement", by=who, detail={"moved_to": str(to), "why": why})
        keep(work, moved, now)
        wake_all(work, now)
    workplace.tell(work.events_written)
    return work.case, also


def _dates(step: Step) -> tuple[Any, ...]:
    return step.due, step.deadline, step.changes


def may_be_moved(case: Case, step: Step) -> bool:
    """Return whether the step has not started, so that its date may be changed."""
    return not (step.attempts or step.finished or case.open_task(step.id) or step.state in STUCK)


def _refuse_started(case: Case, step: Step) -> None:
    if not may_be_moved(case, step):
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
    blockers = [
        f for f in fresh.findings if f.severity is Severity.BLOCKER and f.code not in {b.code for b in case.blockers}
    ]
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
