"""Operations: cases, one by one and in lists, and what they are found by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query

from disengage.domain.lifecycle import CaseState
from disengage.domain.rights import Right
from disengage.engine.listing import page
from disengage.engine.view import case_json
from disengage.web.api.call import After, Call, Caller, CaseId, Most, linked
from disengage.web.api.models import cases as told
from disengage.web.api.models.asked import Search
from disengage.web.api.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Iterable

operations = Operations("Cases")

Connection = Annotated[str, Query(max_length=100, description="Only cases that concern this connection.")]
States = Annotated[list[CaseState] | None, Query(description="Only cases in one of these states.")]
OldestFirst = Annotated[bool, Query(description="Otherwise the newest come first.")]


@operations.get("/cases", Right.SEE, told.CasesPage)
def list_cases(
    call: Caller,
    state: States = None,
    connection: Connection = "",
    oldest_first: OldestFirst = False,
    after: After = "",
    limit: Most = 50,
) -> dict[str, Any]:
    """List cases."""
    past = int(after) if after else None
    found = page(call.workplace.store, state or (), connection, past, oldest_first=oldest_first, most=limit)
    return _part(call, (line.id for line in found.lines), found.past)


@operations.ask("/case-searches", Right.SEE, told.CasesPage)
def search_cases(call: Caller, given: Search) -> dict[str, Any]:
    """Find cases by a client's name or number.

    What is searched for stands in the body, since names and numbers do not belong into addresses.
    """
    past = int(given.after) if given.after else None
    found = call.site.finder.find(given.words, past, given.limit)
    return _part(call, found.ids, found.past, link=False)


def _part(call: Call, ids: Iterable[str], past: int | None, *, link: bool = True) -> dict[str, Any]:
    following = None if past is None else str(past)
    if link:
        linked(call, following)
    cases = call.workplace.store.listing.read(tuple(ids))
    return {"cases": [case_json(case) for case in cases], "next": following}


@operations.get("/cases/{case}", Right.SEE, told.Case)
def get_case(call: Caller, case: CaseId) -> dict[str, Any]:
    """Show where one case stands.

    Its ``ETag`` is what the changing calls of the case take as ``If-Match``.
    """
    return call.told(call.case(case))
