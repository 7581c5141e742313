"""The guard of every operation: who calls and may, what was sent, once only; and every error becomes a problem."""

from __future__ import annotations

import os
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from disengage.domain.complaints import nearest
from disengage.errors import DisengageError, InputError, NotAllowedError
from disengage.web.api import problems
from disengage.web.api.call import Call
from disengage.web.api.complaining import LONGEST, complaint
from disengage.web.api.etags import matches, tag
from disengage.web.api.once import Once
from disengage.web.api.problems import ProblemError
from disengage.web.api.reading import read

if TYPE_CHECKING:
    from disengage.domain.rights import Person
    from disengage.web.api.operations import Operation
    from disengage.web.site import Site

log = structlog.get_logger("disengage.web.api")

Answering = Callable[[Request], Coroutine[Any, Any, Response]]


class Guarded(APIRoute):
    """A route whose operation is called by whoever may, and answers in problems where it cannot."""

    def get_route_handler(self) -> Answering:
        """Return what answers a request."""
        answer = super().get_route_handler()
        asked = frozenset(str(field.alias) for field in self.dependant.query_params)

        async def guarded(request: Request) -> Response:
            try:
                return await _as_problem(lambda: _guarded(request, asked, answer))
            finally:
                await request.close()

        return guarded


async def _guarded(request: Request, asked: frozenset[str], answer: Answering) -> Response:
    site: Site = request.app.state.site
    operation: Operation = request.app.state.operations[request.scope["route"].name]
    person = await run_in_threadpool(_person, site, request.headers.get("authorization", ""))
    _must_be_allowed(person, operation)
    _must_be_asked(request, asked)
    body = await read(request, form=operation.form is not None)
    if_match = request.headers.get("if-match", "") if operation.of_case else ""
    form = await request.form() if operation.form is not None else None
    call = Call(site, person, request.url, if_match, form)
    request.state.call = call

    async def answered() -> Response:
        response = await _as_problem(lambda: answer(request))
        _dress(response, call, operation)
        return response

    if operation.changes:
        return await Once(site.workplace, operation, person, request, body).answered(answered)
    return _unless_known(request, await answered())


def _person(site: Site, header: str) -> Person:
    from disengage.web.access.tokens import Tokens

    person = Tokens(site.workplace).find(header) if header else None
    if person is None:
        raise ProblemError(
            "not-authenticated",
            "The call cannot be answered: it carries no valid token.",
            remedy="Send 'Authorization: Bearer TOKEN' with a token of yours that is neither revoked nor past its end.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return person


def _must_be_allowed(person: Person, operation: Operation) -> None:
    if not person.may(operation.needs):
        raise NotAllowedError(
            f"You may not do that: it takes the right '{operation.needs}'.",
            remedy="Use a token that was given it, of somebody whose role has it.",
        )


def _must_be_asked(request: Request, asked: frozenset[str]) -> None:
    """Refuse what nobody looks at: a filter that is misspelt would find everything."""
    errors = [
        {"field": name[:LONGEST], "message": f"is not known.{nearest(name[:LONGEST], asked)}"}
        for name in request.query_params
        if name not in asked
    ]
    if errors:
        raise ProblemError(
            "input",
            "The call cannot be made: its address asks for something that is not known.",
            remedy="Correct it, or leave it out.",
            errors=errors,
        )


def _dress(response: Response, call: Call, operation: Operation) -> None:
    if response.status_code >= 400:
        return
    if call.status:
        response.status_code = call.status
    response.headers.update(call.headers)
    if operation.method == "GET" and not operation.file:
        response.headers.setdefault("ETag", tag(bytes(response.body)))


def _unless_known(request: Request, response: Response) -> Response:
    """Answer 304 where the caller has this very answer already."""
    known = request.headers.get("if-none-match", "")
    etag = response.headers.get("etag")
    if request.method != "GET" or response.status_code != 200 or not (etag and known and matches(etag, known)):
        return response
    return Response(status_code=304, headers={"ETag": etag})


async def _as_problem(answer: Callable[[], Awaitable[Response]]) -> Response:
    """Return an answer, or the problem that stood in its way."""
    try:
        return await answer()
    except DisengageError as error:
        return _told(error)
    except RequestValidationError as error:
        return _told(complaint(error))
    except HTTPException as error:
        return _told(problems.of_status(error.status_code, f"{error.detail}."))
    except ClientDisconnect:
        raise  # there is nobody to be told
    except Exception as error:  # noqa: BLE001 - the web border: nobody is shown what broke
        return _told(_fault(error))


def _fault(error: Exception) -> ProblemError:
    """Write down that something broke, by its kind only: its words may hold anything."""
    log.error("fault", kind=type(error).__name__)
    if os.environ.get("DISENGAGE_DEBUG"):
        traceback.print_exception(error)
    return ProblemError(
        "fault",
        f"This is a fault of disengage itself ({type(error).__name__}).",
        remedy="Start it again with DISENGAGE_DEBUG=1 and report what it prints.",
    )


def _told(error: DisengageError) -> Response:
    if isinstance(error, InputError) and error.fields:
        errors = [{"field": name, "message": reason} for name, reason in error.fields.items()]
        error = ProblemError("input", error.message, remedy=error.remedy, errors=errors)
    response = problems.answer(error)
    if response.status_code >= 500:
        log.warning("api_call_failed", status=response.status_code, kind=type(error).__name__)
    return response
