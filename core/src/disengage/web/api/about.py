"""Operations: the API about itself, and whom it takes you for."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from starlette.requests import Request

from disengage.domain.rights import Person, Right
from disengage.errors import NotThereError
from disengage.web.api import problems
from disengage.web.api.call import Caller
from disengage.web.api.models.people import ChangeMe, Me
from disengage.web.api.models.problem import ProblemKind, ProblemKinds
from disengage.web.api.operations import Operations

operations = Operations("About")


@operations.get("/openapi.json", Right.SEE, None)
def get_document(call: Caller, request: Request) -> dict[str, Any]:  # noqa: ARG001 - who calls may see it
    """Return this document."""
    written: dict[str, Any] = request.app.openapi()
    return written


@operations.get("/me", Right.SEE, Me)
def get_me(call: Caller) -> dict[str, Any]:
    """Tell who calls, and what the caller may do."""
    return _me(call.person)


@operations.post("/me", Right.SEE, Me)
def change_me(call: Caller, given: ChangeMe) -> dict[str, Any]:
    """Change how you are shown, or in which language pages are shown to you; what is null stays."""
    changes = {name: value for name, value in given.model_dump(mode="json").items() if value is not None}
    people = call.workplace.store.people
    people.keep(call.person.name, **changes)
    return _me(people.get(call.person.name).person.model_copy(update={"scopes": call.person.scopes}))


def _me(person: Person) -> dict[str, Any]:
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
