"""What happens next: a pure function of the case as stored and the time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from disengage.domain import gate
from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.lifecycle import STUCK, StepEvent, StepState, WaitsFor
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode


def waits_for(case: Case, step: Step, now: datetime) -> WaitsFor | None:
    """Return what ``step`` waits for at ``now``; None where it may start (or needs nothing more)."""
    if step.finished or step.state in STUCK or step.state is StepState.RUNNING:
        return None
    if not case.approved:
        return WaitsFor.APPROVAL
    if case.open_task(step.id):
        return WaitsFor.PERSON
    if step.due and step.due > today(case.link(step.link), now):
        return WaitsFor.DATE
    if not all(case.step(other).finished for other in step.after):
        return WaitsFor.STEP
    if step.gated and not gate.is_open(case, step.connection, now):
        return WaitsFor.GATE
    if step.wake_at and step.wake_at > now:
        return WaitsFor.PLATFORM
    return None


def today(link: CaseLink, now: datetime) -> date:
    """Return the date at ``now`` where the platform is."""
    return now.astimezone(ZoneInfo(link.time_zone)).date()


def midnight(link: CaseLink, day: date) -> datetime:
    """Return the moment at which ``day`` begins where the platform is."""
    return datetime.combine(day, time(), ZoneInfo(link.time_zone))


def next_step(case: Case, link_id: str, now: datetime) -> Step | None:
    """Return the step of a link that is to be started (or taken up again) now."""
    if case.over or not case.approved or not case.reviewed:
        return None
    for step in case.steps_of(link_id):
        if step.state is StepState.RUNNING:
            return step
        if step.state in (StepState.PLANNED, StepState.WAITING) and waits_for(case, step, now) is None:
            return step
    return None


def wake_of(case: Case, link_id: str, now: datetime) -> datetime | None:
    """Return when the link should be looked at again by itself; None: when somebody completes what it waits for."""
    if case.over or not case.approved:
        return None
    moments = [_wake_of_step(case, step, now) for step in case.steps_of(link_id)]
    return min((moment for moment in moments if moment), default=None)


def _wake_of_step(case: Case, step: Step, now: datetime) -> datetime | None:
    waiting = waits_for(case, step, now)
    if waiting is WaitsFor.DATE and step.due:
        return midnight(case.link(step.link), step.due)
    return step.wake_at if waiting is WaitsFor.PLATFORM else None


def look_ahead_at(case: Case, now: datetime) -> datetime | None:
    """Return when the platforms are to be observed ahead of the next dated step; None: there is none ahead."""
    if case.over or not case.reviewed or not case.look_ahead_days:
        return None
    dated = [s for s in case.steps if s.due and waits_for(case, s, now) is WaitsFor.DATE]
    moments = [midnight(case.link(s.link), s.due - timedelta(days=case.look_ahead_days)) for s in dated if s.due]
    return min((moment for moment in moments if moment > now), default=None)


def wants_review(case: Case) -> bool:
    """Return whether the platforms must be observed again before the first changing step."""
    return case.approved and not case.reviewed and not case.over and not case.blockers


def wants_gate(case: Case, now: datetime) -> str | None:
    """Return a connection for which the gate should be asked now: a gated step of it waits for nothing else."""
    if case.over or not case.reviewed:
        return None
    for step in case.steps:
        if waits_for(case, step, now) is WaitsFor.GATE and gate.may_be_asked(case, step.connection):
            return step.connection
    return None


def newly_wants_gate(before: Case, after: Case, now: datetime) -> str | None:
    """Return a connection for which the gate should be asked now and was not asked for before."""
    wanted = wants_gate(after, now)
    if wanted is None:
        return None
    waited = any(
        step.waits_for is WaitsFor.GATE and gate.may_be_asked(before, step.connection) for step in before.steps
    )
    return None if waited and before.reviewed else wanted


class Settled(Frozen):
    """A case brought up to date with the time, and when to look again."""

    case: Case
    wakes: dict[str, datetime]


def settle(case: Case, now: datetime) -> Settled:
    """Write into every step what it waits for, and say when each link should be woken."""
    if case.over:
        return Settled(case=case, wakes={})
    steps = tuple(_settled(case, step, now) for step in case.steps)
    case = case.model_copy(update={"steps": steps})
    wakes = {link.id: moment for link in case.links if (moment := wake_of(case, link.id, now))}
    return Settled(case=case, wakes=wakes)


#: What makes a step that has not started *waiting* rather than *planned*.
_VISIBLY = frozenset({WaitsFor.DATE, WaitsFor.PERSON, WaitsFor.PLATFORM, WaitsFor.GATE})


def _settled(case: Case, step: Step, now: datetime) -> Step:
    if step.finished or step.state in STUCK or step.state is StepState.RUNNING or step.mode is Mode.NOT_NEEDED:
        return step
    waiting = waits_for(case, step, now)
    if waiting in _VISIBLY:
        return step.on(StepEvent.WAIT, waits_for=waiting)
    return step.model_copy(update={"waits_for": waiting})
