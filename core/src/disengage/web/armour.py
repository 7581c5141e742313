"""What protects every answer: who may be asked by which name, limits, headers, one line in the log, and no traceback.

What is written into the log is a method, the template of an address, a status and a time: never an address itself,
which may hold a secret, nor who came.
"""

from __future__ import annotations

import html
import ipaddress
import os
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount

from disengage.errors import DisengageError, StoreError
from disengage.web.limits import API, Limits
from disengage.web.troubles import status_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from disengage.sections import WebSettings
    from disengage.web.doors import Door

log = structlog.get_logger("disengage.web")

_OURS = ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
POLICY = "; ".join(
    ["default-src 'none'", *(f"{what} 'self'" for what in _OURS), "base-uri 'none'", "frame-ancestors 'none'"]
)
#: What an answer may say otherwise for itself, such as a stricter policy for a download.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
#: For how long browsers come by TLS only, once they did: a year.
ONLY_TLS = "max-age=31536000"
#: Somebody went away before the answer; no status of HTTP, and only in the log.
LEFT = 499

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")

Tell = Callable[[Request, DisengageError], Awaitable[Response]]


class Armour:
    """Middleware around everything.

    Args:
        app: What is protected.
        settings: ``[web]``.
        doors: Of which some take files.
        tell: Returns the page that tells somebody of an error; where that fails too, a bare one is sent.
    """

    def __init__(
        self, app: ASGIApp, settings: WebSettings, doors: Iterable[Door] = (), tell: Tell | None = None
    ) -> None:
        self.app, self._tell = app, tell
        self._limits = Limits(settings.upload_megabytes, doors)
        base = urlsplit(settings.base_url)
        self._names = {"localhost", settings.host.lower(), (base.hostname or "localhost").lower()}
        self._headers = HEADERS | ({"Strict-Transport-Security": ONLY_TLS} if base.scheme == "https" else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and send its answer, or what is to be said in its place."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, sending = time.perf_counter(), _Sending(scope, send, self._headers)
        try:
            await self._answer(scope, receive, sending)
        finally:
            _note(scope, sending.status, time.perf_counter() - begun)

    async def _answer(self, scope: Scope, receive: Receive, sending: _Sending) -> None:
        if not self._is_called(scope):
            await _bare(scope, _WRONG_HOST, 400)(scope, receive, sending)
            return
        try:
            await self.app(scope, self._limits.counted(scope, receive), sending)
        except ClientDisconnect:
            sending.status = LEFT
        except Exception as error:  # noqa: BLE001 - the web border: nobody is shown what broke
            response = await self._instead(scope, error)
            if not sending.status:
                await response(scope, receive, sending)

    def _is_called(self, scope: Scope) -> bool:
        """Return whether a request names this site, once; a page elsewhere whose name leads here does not."""
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            return False
        name = found["name"].strip("[]").lower()
        return name in self._names or _is_loopback(name)

    async def _instead(self, scope: Scope, error: Exception) -> Response:
        """Return what is answered in place of what failed."""
        said = error if isinstance(error, DisengageError) else _fault(scope, error)
        try:
            if self._tell is None or scope["path"].startswith(API) or isinstance(error, StoreError):
                return _bare(scope, said)
            return await self._tell(Request(scope), said)
        except Exception as further:  # noqa: BLE001 - the same border: the page that tells of it is broken too
            log.error("page_of_a_fault_failed", kind=type(further).__name__)
            return _bare(scope, said)


class _Sending:
    """Sends an answer with our headers.

    Attributes:
        status: Of the answer, once it is under way; 0 before.
    """

    def __init__(self, scope: Scope, send: Send, headers: dict[str, str]) -> None:
        self.status = 0
        self._send, self._headers, self._path = send, headers, scope["path"]

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "max-age=3600" if self._path.startswith("/static/") else "no-store")
        await self._send(message)


_WRONG_HOST = DisengageError(
    "This site is not called by that name.",
    remedy="Use the address under which it is served; an administrator names another one in web.base_url.",
)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _fault(scope: Scope, error: Exception) -> DisengageError:
    """Write down that something broke, by its kind only: its words may hold anything."""
    log.error("fault", kind=type(error).__name__, route=template_of(scope))
    if os.environ.get("DISENGAGE_DEBUG"):
        traceback.print_exception(error)
    return DisengageError(
        f"This is a fault of disengage itself ({type(error).__name__}).",
        remedy="Nothing was lost. Start it again with DISENGAGE_DEBUG=1 and report what it prints.",
    )


def _bare(scope: Scope, error: DisengageError, status: int = 0) -> Response:
    """Return an answer for which nothing is needed that may be broken."""
    status = status or status_of(error)
    if scope["path"].startswith(API):
        body = {"type": "about:blank", "title": "The call failed", "status": status}
        said = {"detail": error.message, "remedy": error.remedy}
        return JSONResponse(body | said, status, media_type="application/problem+json")
    message, remedy = html.escape(error.message), html.escape(error.remedy)
    page = f'<!doctype html><html lang="en"><title>{status}</title><h1>{message}</h1><p>{remedy}</p>'
    return HTMLResponse(page, status)


def template_of(scope: Scope) -> str:
    """Return the template of a request's address: ``/cases/{case}``; a dash where there is nothing at it."""
    route = scope.get("route")
    if route is None:
        return "-"
    if isinstance(route, Mount):
        return f"{route.path}/…"
    return f"{scope.get('root_path', '')}{route.path}"


def _note(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "other"
    tell = log.warning if status >= 500 else log.info
    tell("answered", method=method, route=template_of(scope), status=status, milliseconds=round(seconds * 1000))
