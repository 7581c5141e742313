"""Operations: what happens on which day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query

from disengage.domain.rights import Right
from disengage.engine.dates import CaseDate, DateKind, all_dates
from disengage.web.api.call import Caller, linked
from disengage.web.api.models.retention import DatesPage
from disengage.web.api.operations import Operations

operations = Operations("Dates")

From = Annotated[date | None, Query(alias="from", description="Only what happens on this day or later.")]
To = Annotated[date | None, Query(description="Only what happens on this day or earlier.")]
Kinds = Annotated[list[DateKind] | None, Query(description="Only dates of these kinds.")]
Behind = Annotated[
    str,
    Query(
        max_length=400,
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}~[!-~]+)?$",
        description="Go on behind this place: the `next` of the answer before.",
    ),
]
Most = Annotated[int, Query(ge=1, le=1000, description="So many at most.")]


@operations.get("/dates", Right.SEE, DatesPage)
def list_dates(
    call: Caller, since: From = None, to: To = None, kind: Kinds = None, after: Behind = "", limit: Most = 200
) -> dict[str, Any]:
    """List the dates of all cases, the earliest first."""
    found = all_dates(call.workplace, kind or tuple(DateKind))
    asked = (one for one in found if (since or date.min) <= one.day <= (to or date.max))
    rest = [(place, one) for place, one in sorted((_place(one), one) for one in asked) if place > after]
    following = rest[limit - 1][0] if len(rest) > limit else None
    linked(call, following)
    return {"dates": [_told(one) for _, one in rest[:limit]], "next": following}


def _place(one: CaseDate) -> str:
    return f"{one.day}~{one.key}"


def _told(one: CaseDate) -> dict[str, Any]:
    return {**one.model_dump(mode="json"), "connection": one.connection or None}
