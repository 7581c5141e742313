"""One case: everything about it, and what people do to it as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.domain.rights import Right
from disengage.engine import accepting, approving, steering
from disengage.web.casepage import FilledInWrongError, answered, page
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/cases/{case}", needs=Right.SEE)
def shown(visit: Visit) -> Response:
    """Show the case."""
    return page(visit)


@doors.post("/cases/{case}/approve", needs=Right.APPROVE)
def approved(visit: Visit) -> Response:
    """Approve exactly the plan that was shown."""

    def approve(case: str) -> None:
        shown = visit.form.text("plan")
        if not shown:
            raise FilledInWrongError(visit.say("It was not said which plan is approved."), remedy=_read_again(visit))
        approving.approve(visit.workplace, case, visit.person.name, shown)

    return answered(visit, approve, visit.say("The plan is approved."))


@doors.post("/cases/{case}/accept", needs=Right.OPERATE)
def accepted(visit: Visit) -> Response:
    """Accept in writing what is wrong with a kept copy."""

    def accept(case: str) -> None:
        reason = visit.form.text("reason")
        accepting.accept(visit.workplace, case, visit.form.text("code"), visit.person.name, reason)

    return answered(visit, accept, visit.say("The finding is accepted in writing."))


@doors.post("/cases/{case}/retry", needs=Right.OPERATE)
def retried(visit: Visit) -> Response:
    """Make due now whatever waits for a platform, was refused or failed."""

    def retry(case: str) -> None:
        steering.retry(visit.workplace, case, by=visit.person.name)

    return answered(visit, retry, visit.say("Whatever waited for a platform, was refused or failed is tried again."))


@doors.post("/cases/{case}/cancel", needs=Right.OPERATE)
def cancelled(visit: Visit) -> Response:
    """Call the case off."""

    def cancel(case: str) -> None:
        steering.cancel(visit.workplace, case, visit.person.name, visit.form.text("reason"))

    return answered(visit, cancel, visit.say("The case is called off. What was done before stays done."))


def _read_again(visit: Visit) -> str:
    return visit.say("Read the plan on this page, and approve it from there.")
