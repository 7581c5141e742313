"""What may follow what, for a step and for a case; the only place that decides a state.

A step is *planned*. It may have to wait, for something that ``WaitsFor`` names, and then it runs. While it runs it
ends well (*done*, or *skipped* where nothing was needed), goes back to waiting, or ends badly: *refused* when the
platform or a person said no, *failed* when the step itself could not go on. A bad end is not final: a person may
retry or skip. *Skipped* is final; *done* is, unless a person moves the date that it had set, or has a copy of the
history that was damaged since made anew. An event that the table does not have changes nothing and is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from disengage.errors import LifecycleError


class StepState(StrEnum):
    """Where a step stands."""

    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    REFUSED = "refused"
    FAILED = "failed"


class StepEvent(StrEnum):
    """What can happen to a step."""

    WAIT = "wait"
    START = "start"
    DO = "do"
    NOT_NEEDED = "not_needed"
    REFUSE = "refuse"
    FAIL = "fail"
    RETRY = "retry"
    SKIP = "skip"
    REOPEN = "reopen"


class WaitsFor(StrEnum):
    """What a step that does not run waits for."""

    DATE = "date"
    PERSON = "person"
    PLATFORM = "platform"
    STEP = "step"
    APPROVAL = "approval"
    GATE = "gate"


class CaseState(StrEnum):
    """Where a case stands."""

    PLANNED = "planned"
    APPROVED = "approved"
    RUNNING = "running"
    WAITING = "waiting"
    ATTENTION = "attention"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S, _E = StepState, StepEvent

#: (state, event) → state. What is not here is not allowed.
STEP_TABLE: dict[tuple[StepState, StepEvent], StepState] = {
    (_S.PLANNED, _E.WAIT): _S.WAITING,
    (_S.PLANNED, _E.START): _S.RUNNING,
    (_S.PLANNED, _E.SKIP): _S.SKIPPED,
    (_S.WAITING, _E.WAIT): _S.WAITING,
    (_S.WAITING, _E.START): _S.RUNNING,
    (_S.WAITING, _E.REFUSE): _S.REFUSED,
    (_S.WAITING, _E.RETRY): _S.PLANNED,
    (_S.WAITING, _E.SKIP): _S.SKIPPED,
    (_S.RUNNING, _E.START): _S.RUNNING,
    (_S.RUNNING, _E.WAIT): _S.WAITING,
    (_S.RUNNING, _E.DO): _S.DONE,
    (_S.RUNNING, _E.NOT_NEEDED): _S.SKIPPED,
    (_S.RUNNING, _E.REFUSE): _S.REFUSED,
    (_S.RUNNING, _E.FAIL): _S.FAILED,
    (_S.REFUSED, _E.RETRY): _S.PLANNED,
    (_S.REFUSED, _E.SKIP): _S.SKIPPED,
    (_S.FAILED, _E.RETRY): _S.PLANNED,
    (_S.FAILED, _E.SKIP): _S.SKIPPED,
    (_S.DONE, _E.REOPEN): _S.PLANNED,
}

#: States after which nothing more happens to a step.
FINISHED = frozenset({StepState.DONE, StepState.SKIPPED})
#: States in which a person has to decide.
STUCK = frozenset({StepState.REFUSED, StepState.FAILED})


def after(state: StepState, event: StepEvent) -> StepState:
    """Return the state that ``event`` leads to.

    Raises:
        LifecycleError: The event is not allowed in ``state``.
    """
    try:
        return STEP_TABLE[state, event]
    except KeyError:
        raise LifecycleError(
            f"A step that is {state} cannot be given '{event}'.",
            remedy="Look at the case with 'disengage show'.",
        ) from None


def case_state(steps: Iterable[StepState], *, approved: bool, cancelled: bool = False) -> CaseState:
    """Return the case's state: a function of its steps, and of whether it is approved or cancelled."""
    states = list(steps)
    if cancelled:
        return CaseState.CANCELLED
    if states and FINISHED.issuperset(states):
        return CaseState.CLOSED
    if STUCK.intersection(states):
        return CaseState.ATTENTION
    if StepState.RUNNING in states:
        return CaseState.RUNNING
    if not approved:
        return CaseState.ATTENTION if StepState.WAITING in states else CaseState.PLANNED
    return CaseState.WAITING if StepState.WAITING in states else CaseState.APPROVED
