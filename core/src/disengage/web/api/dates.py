"""Operations: what happens on which day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query

from disengage.domain.request import Day
from disengage.domain.rights import Right
from disengage.engine import feeds
from disengage.engine.dates import CaseDate, DateKind, all_dates
from disengage.web.api.call import Caller, linked
from disengage.web.api.models.asked import NewFeed
from disengage.web.api.models.retention import DatesPage, Ended, Feed
from disengage.web.api.operations import Operations

operations = Operations("Dates")

From = Annotated[Day | None, Query(alias="from", description="Only what happens on this day or later.")]
To = Annotated[Day | None, Query(description="Only what happens on this day or earlier.")]
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


@operations.post("/calendar-feed", Right.SEE, Feed, status=201, keeps_answer=False)
def make_feed(call: Caller, given: NewFeed) -> dict[str, Any]:
    """Make the secret address at which your calendar reads the dates; an older one leads nowhere any more.

    The answer is given once.
    """
    return {"path": f"/calendar/feed/{feeds.make_feed(call.workplace, call.person.name, named=given.named)}.ics"}


@operations.post("/calendar-feed/end", Right.SEE, Ended)
def end_feed(call: Caller) -> dict[str, Any]:
    """Take the address of your calendar away."""
    return {"ended": feeds.end_feed(call.workplace, call.person.name)}
