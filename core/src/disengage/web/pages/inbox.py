"""The inbox: what waits for people, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.domain.lifecycle import CaseState
from disengage.domain.rights import Right
from disengage.engine import listing
from disengage.engine.desk import Urgency, pile, to_approve
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()

#: So many plans and cases are named; the others are found among the cases.
MOST = 50


@doors.get("/", needs=Right.SEE)
def inbox(visit: Visit) -> Response:
    """Show the open tasks, the plans that wait for the visitor's approval, and the cases that need attention."""
    page = visit.query.get("page", "")
    found = pile(visit.workplace, int(page) if page.isdecimal() and len(page) < 10 else 1)
    return visit.page(
        "inbox.html",
        pile=found,
        groups=[(urgency, tasks) for urgency in Urgency if (tasks := found.of(urgency))],
        plans=to_approve(visit.workplace, visit.person.name, MOST) if visit.may(Right.APPROVE) else [],
        attention=listing.page(visit.workplace.store, [CaseState.ATTENTION], most=MOST, oldest_first=True),
    )
