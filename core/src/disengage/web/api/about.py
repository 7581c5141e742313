"""Operations: the API about itself, and whom it takes you for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request

from disengage.domain.rights import Right
from disengage.web.api import problems
from disengage.web.api.call import Caller
from disengage.web.api.models.people import Me
from disengage.web.api.models.problem import ProblemKind, ProblemKinds
from disengage.web.api.operations import Operations
from disengage.web.troubles import NotThereError

operations = Operations("About")


@operations.get("/openapi.json", Right.SEE, None)
def get_document(call: Caller, request: Request) -> dict[str, Any]:  # noqa: ARG001 - who calls may see it
    """Return this document."""
    written: dict[str, Any] = request.app.openapi()
    return written


@operations.get("/me", Right.SEE, Me)
def get_me(call: Caller) -> dict[str, Any]:
    """Tell who calls, and what the caller may do."""
    person = call.person
    return {
        "name": person.name,
        "shown": person.shown,
        "roles": sorted(person.roles),
        "rights": sorted(person.rights),
        "language": person.language,
    }


@operations.get("/problems", Right.SEE, ProblemKinds)
def list_problems(call: Caller) -> dict[str, Any]:  # noqa: ARG001 - who calls may see it
    """List every kind of problem."""
    return {"problems": [_kind(kind) for kind in problems.KINDS.values()]}


@operations.get("/problems/{kind}", Right.SEE, ProblemKind)
def get_problem(call: Caller, kind: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")]) -> dict[str, Any]:  # noqa: ARG001 - who calls may see it
    """Tell what a kind of problem means: what the ``type`` of a problem leads to."""
    if kind not in problems.KINDS:
        raise NotThereError("There is no such kind of problem.", remedy="See which there are at /problems.")
    return _kind(problems.KINDS[kind])


def _kind(kind: problems.Kind) -> dict[str, Any]:
    return {"type": kind.type, "title": kind.title, "status": kind.status, "meaning": kind.meaning}
