"""Operations: until when what was kept is kept, and what becomes of it then."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.responses import Response

from disengage.domain.request import Day
from disengage.domain.rights import Right
from disengage.engine import retentionview as view
from disengage.engine.destroying import destroy
from disengage.engine.legalhold import hold, release
from disengage.engine.retention import digest_of, due, examine, today
from disengage.errors import NotThereError
from disengage.store import LegalHold
from disengage.web.api.call import Call, Caller, CaseId
from disengage.web.api.models import retention as told
from disengage.web.api.models.asked import Because, Destroy
from disengage.web.api.operations import Operations
from disengage.web.sending import attachment

operations = Operations("Retention")

On = Annotated[Day | None, Query(description="The day; by default today.")]
Number = Annotated[int, Path(ge=1, le=2**53, description="Its number.")]


@operations.get("/cases/{case}/retention", Right.SEE, told.Retention)
def get_retention(call: Caller, case: CaseId) -> dict[str, Any]:
    """Show until when each class of documents of a case must be kept, why, and by which rule."""
    workplace = call.workplace
    found = examine(workplace, call.case(case).id)
    may_go = found.destroyable(today(workplace))
    return {**view.case_json(workplace, found), "bags_digest": digest_of(bag.bag for bag in may_go)}


@operations.get("/retention", Right.SEE, told.Due)
def list_due(call: Caller, on: On = None) -> dict[str, Any]:
    """List what may be destroyed, what must be deleted, and what is on hold, over all cases that are over."""
    workplace = call.workplace
    return view.due_json(due(workplace.settings, workplace.store, on or today(workplace)))


@operations.post("/cases/{case}/holds", Right.ARCHIVE, told.Holds, of_case=True, again=False)
def place_hold(call: Caller, case: CaseId, given: Because) -> dict[str, Any]:
    """Put a case on legal hold: nothing of it is destroyed while that stands."""
    return _holds(case, hold(call.on(case), case, call.person.name, given.reason))


@operations.post("/cases/{case}/holds/{number}/release", Right.ARCHIVE, told.Holds, of_case=True)
def release_hold(call: Caller, case: CaseId, number: Number, given: Because) -> dict[str, Any]:
    """Lift a legal hold."""
    workplace = call.on(case)
    _must_stand(call, case, number)
    return _holds(case, release(workplace, case, call.person.name, given.reason, number))


@operations.post("/cases/{case}/destroy", Right.ARCHIVE, told.Decision, of_case=True)
def approve_destruction(call: Caller, case: CaseId, given: Destroy) -> dict[str, Any]:
    """Approve the destruction of exactly the bags that you saw; the second person's approval carries it out."""
    return view.decision_json(destroy(call.on(case), case, call.person.name, given.bags_digest))


@operations.get("/cases/{case}/certificates/{number}", Right.ARCHIVE, None, file=True)
def get_certificate(call: Caller, case: CaseId, number: Number) -> Response:
    """Download the certificate of a destruction that is finished, by its place in ``destroyed``, from 1."""
    past = call.workplace.store.disposal.destructions(call.case(case).id)
    if number > len(past) or not past[number - 1].finished_at:
        raise NotThereError(f"The case {case} has no certificate {number}.", remedy="See …/retention.")
    content = json.dumps(past[number - 1].content["certificate"], ensure_ascii=False, indent=2) + "\n"
    return attachment(content.encode(), f"destruction-{case}-{number}.json")


def _must_stand(call: Call, case: str, number: int) -> None:
    if number not in [found.id for found in call.workplace.store.disposal.holds(case)]:
        raise NotThereError(
            f"The case {case} has no hold {number}, or not any more.", remedy="See which stand at …/retention."
        )


def _holds(case: str, standing: tuple[LegalHold, ...]) -> dict[str, Any]:
    return {"case": case, "holds": [view.hold_json(found) for found in standing]}
