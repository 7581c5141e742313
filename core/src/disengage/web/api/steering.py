"""Operations: approve a case's plan, and steer the case."""

from __future__ import annotations

from typing import Any

from disengage.domain.rights import Right
from disengage.engine import approving, steering
from disengage.engine.accepting import accept
from disengage.engine.moving import move
from disengage.web.api.call import Caller, CaseId
from disengage.web.api.models import asked
from disengage.web.api.models.cases import Case
from disengage.web.api.operations import Operations

operations = Operations("Steering")


@operations.post("/cases/{case}/approve", Right.APPROVE, Case, of_case=True)
def approve_plan(call: Caller, case: CaseId, given: asked.Approve) -> dict[str, Any]:
    """Approve exactly the plan that you saw.

    Refused where the plan is another one by now, a blocker is open, or you may not be the one.
    """
    return call.told(approving.approve(call.on(case), case, call.person.name, given.plan))


@operations.post("/cases/{case}/retry", Right.OPERATE, Case, of_case=True)
def retry_step(call: Caller, case: CaseId, given: asked.Retry) -> dict[str, Any]:
    """Make due now what waits, was refused or failed."""
    return call.told(steering.retry(call.on(case), case, given.step, call.person.name))


@operations.post("/cases/{case}/skip", Right.OPERATE, Case, of_case=True)
def skip_step(call: Caller, case: CaseId, given: asked.Skip) -> dict[str, Any]:
    """Leave a step out, in writing."""
    return call.told(steering.skip(call.on(case), case, given.step, call.person.name, given.reason))


@operations.post("/cases/{case}/move", Right.OPERATE, Case, of_case=True)
def move_step(call: Caller, case: CaseId, given: asked.Move) -> dict[str, Any]:
    """Change the date of a step that has not started; what depends on it moves along."""
    return call.told(move(call.on(case), case, given.step, given.to, call.person.name, given.reason or "")[0])


@operations.post("/cases/{case}/accept", Right.OPERATE, Case, of_case=True)
def accept_finding(call: Caller, case: CaseId, given: asked.Accept) -> dict[str, Any]:
    """Accept in writing what is wrong with a kept history, or missing."""
    return call.told(accept(call.on(case), case, given.code, call.person.name, given.reason))


@operations.post("/cases/{case}/cancel", Right.OPERATE, Case, of_case=True)
def cancel_case(call: Caller, case: CaseId, given: asked.Because) -> dict[str, Any]:
    """End the case, not the client; what was done stays done."""
    return call.told(steering.cancel(call.on(case), case, call.person.name, given.reason))
