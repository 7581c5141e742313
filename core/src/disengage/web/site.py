"""The site: every door with its lock, and what all of them share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from disengage.engine.searching import Finder
from disengage.errors import DisengageError, NotAllowedError, NotThereError, ThrottledError, TooLargeError
from disengage.web.access import origin
from disengage.web.access.sessions import Session, Sessions
from disengage.web.api.problems import not_there
from disengage.web.armour import Armour
from disengage.web.doors import Door
from disengage.web.limits import API
from disengage.web.live import LIVE, Live
from disengage.web.rendering import Pages
from disengage.web.statics import Statics
from disengage.web.troubles import status_of
from disengage.web.visit import Form, Visit
from disengage.web.wording import LANGUAGES, preferred

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace

log = structlog.get_logger("disengage.web")

#: The modules of pages; each has ``doors``.
PAGES = ("signing_in", "elsewhere", "account", "people", "inbox", "cases", "case", "progress", "tasks", "asking",
         "connections", "calendar", "retention", "papers", "files")  # fmt: skip
#: Fields of one form, and files with it.
MOST_FIELDS, MOST_FILES = 1000, 20
#: As many as a worker keeps: whoever follows a case asks for it again and again.
CASES_AT_HAND = 500
#: The cookies in which a browser's choices are kept; neither says who somebody is.
LANGUAGE, THEME = "language", "theme"


class Site:
    """The pages and the API of one workplace.

    Args:
        workplace: Settings, store, vault and registry.
    """

    def __init__(self, workplace: Workplace) -> None:
        self.workplace = workplace
        self.pages = Pages(workplace.settings.firm.time_zone, workplace.registry.packages())
        self.sessions = Sessions(workplace)
        self.live = Live(workplace.store)
        self.finder = Finder(workplace.store)
        workplace.store.keep_at_hand(CASES_AT_HAND)

    def doors(self) -> Iterator[Door]:
        """Yield every door of the pages."""
        for name in PAGES:
            yield from import_module(f"disengage.web.pages.{name}").doors

    def application(self) -> Starlette:
        """Return the whole as an ASGI application."""
        from disengage.web.api.application import api

        routes: list[BaseRoute] = [
            Mount("/static", Statics(), name="static"),
            Mount("/api/v1", api(self)),
            *(self._route(door) for door in self.doors()),
        ]
        return Starlette(
            routes=routes,
            middleware=[
                Middleware(Armour, settings=self.workplace.settings.web, doors=tuple(self.doors()), tell=self._told)
            ],
            exception_handlers={HTTPException: self._not_there},
        )

    # --- from a request to a visit

    def _route(self, door: Door) -> Route:
        async def answer(request: Request) -> Response:
            by_itself = door.lasting or LIVE in request.headers
            session = await run_in_threadpool(self.sessions.find, request, noted=not by_itself)
            visit = Visit(self, request, session, Form(), self.pages.wordings[_language(request, session)])
            try:
                turned_away = _turned_away(door, visit)
                if turned_away is not None:
                    return turned_away
                if door.method == "POST":
                    visit.form = await self._form(door, request)
                    origin.check(visit)
                return await run_in_threadpool(door.enter, visit)
            except DisengageError as error:
                return await run_in_threadpool(_trouble, visit, error)
            finally:
                await request.close()  # the files that came with it

        return Route(door.path, answer, methods=[door.method])

    async def _form(self, door: Door, request: Request) -> Form:
        most = MOST_FILES if door.takes_files else 0
        try:
            given = await request.form(max_files=most, max_fields=MOST_FIELDS, max_part_size=2**20)
        except HTTPException as error:
            raise TooLargeError(
                f"The form cannot be read: {error.detail}", remedy="Send less; nothing was changed."
            ) from None
        return _sorted(given)

    async def _not_there(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.url.path.startswith(API):
            return not_there(error)
        said = NotThereError("There is nothing at this address.", remedy="Go back to where you came from.")
        return await self._told(request, said, error.status_code)

    async def _told(self, request: Request, error: DisengageError, status: int | None = None) -> Response:
        session = await run_in_threadpool(self.sessions.find, request)
        visit = Visit(self, request, session, Form(), self.pages.wordings[_language(request, session)])
        return await run_in_threadpool(_trouble, visit, error, status)


def _turned_away(door: Door, visit: Visit) -> Response | None:
    """Return where to send somebody who may not enter; None who may.

    Raises:
        NotAllowedError: Whoever is signed in lacks the right.
    """
    if door.needs is None:
        return None
    if visit.session is None:
        here = visit.request.url.path if door.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={here}", 303)
    if not visit.may(door.needs):
        raise NotAllowedError(
            visit.say("You may not do that: it takes the right '%(right)s'.", right=door.needs),
            remedy=visit.say("Ask an administrator for a role that has it."),
        )
    return None


def _language(request: Request, session: Session | None) -> str:
    chosen = (session and session.person.language) or request.cookies.get(LANGUAGE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _sorted(given: FormData) -> Form:
    texts: dict[str, list[str]] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in given.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
        elif value.filename:
            files.setdefault(name, []).append(value)
    return Form(texts, files)


def _trouble(visit: Visit, error: DisengageError, status: int | None = None) -> Response:
    """Say what went wrong, and what to do; on a page of its own."""
    status = status or status_of(error)
    if status >= 500:
        log.warning("page_failed", status=status, kind=type(error).__name__)
    response = visit.page("trouble.html", status, error=error)
    if isinstance(error, ThrottledError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for uploads, which goes when its block ends."""
    return tempfile.TemporaryDirectory(prefix="disengage-web-", ignore_cleanup_errors=True)
