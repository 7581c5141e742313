"""What every change of a case ends with: the case is settled and kept, and whoever has to look at it is woken."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from disengage.domain import gate
from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState, WaitsFor
from disengage.domain.progress import Settled, look_ahead_at, newly_wants_gate, settle
from disengage.engine.patience import WATCH_EVERY
from disengage.store import Work

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
