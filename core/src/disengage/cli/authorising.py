"""Walk a person through a platform's own page on which they let us in, and wait on loopback for its answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from disengage.domain.complaints import nearest
from disengage.engine.workplace import GRANT_SECONDS, Workplace
from disengage.errors import CredentialsError, InputError

#: Seconds that are left, of those a hook has, for what comes after the person.
_AFTERWARDS = 60.0
_LONGEST = GRANT_SECONDS - _AFTERWARDS
_PAGE = b"<!doctype html><html lang=en><meta charset=utf-8><title>disengage</title><p>You may close this window.</p>"
_HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def authorise(workplace: Workplace, connection: str, company: str, visit: LoopbackVisit) -> dict[str, Any]:
    """Have a person let a connection in at one company, and return the document that says for whom we act.

    Raises:
        InputError: There is no such connection, or its connector has no such way in.
        ConnectorError: Nobody let us in.
    """
    _check(workplace, connection, company)
    with visit:
        try:
            line = workplace.call(connection, "grant_access", account=company, visit=visit)
        except KeyboardInterrupt:
            raise CredentialsError(f"{connection}: nobody let us in: it was broken off.") from None
    return {"connection": connection, "company": company, "ok": True, "message": line}


def _check(workplace: Workplace, connection: str, company: str) -> None:
    known = list(workplace.settings.connections)
    if connection not in known:
        raise InputError(
            f"There is no connection '{connection}'.{nearest(connection, known)}",
            remedy=f"Configured are: {', '.join(known) or 'none'}.",
        )
    if not company.strip():
        raise InputError("--company is empty.", remedy="Give the company's key on the platform.")
    broken = connection in workplace.registry.broken_connections  # then the call says what is broken
    if not broken and not workplace.registry.offers(connection, "grant_access"):
        raise InputError(
            f"The connection '{connection}' is not authorised by a person's visit to the platform.",
            remedy="Its credentials stand in the configuration; try them with 'disengage connectors check'.",
        )


class LoopbackVisit:
    """A visit whose way back ends at a small server on this machine's loopback.

    Args:
        connection: Who is let in, for messages.
        port: Where the server listens; 0 takes a free port.
        redirect_uri: The whole address instead, where the platform knows one already.
        seconds: How long the person has.
        show: Shows the address of the page to the person.

    Raises:
        InputError: The address cannot be served here, or there is too little or too much time.
    """

    def __init__(
        self,
        connection: str,
        *,
        port: int = 0,
        redirect_uri: str = "",
        seconds: float = 300.0,
        show: Callable[[str], None],
    ) -> None:
        if not 0 < seconds <= _LONGEST:
            raise InputError(f"--timeout is not between 0 and {_LONGEST:g} seconds.", remedy="Give another.")
        if port and redirect_uri:
            raise InputError("--port and --redirect-uri both name a port.", remedy="Leave one of them out.")
        self._connection, self._seconds, self._show = connection, seconds, show
        self._port, self._path = _place(redirect_uri) if redirect_uri else (port, "/callback")
        self._redirect_uri = redirect_uri

    @property
    def redirect_uri(self) -> str:
        """Where the platform has to send the person back to."""
        return self._redirect_uri or f"http://127.0.0.1:{self._server.server_address[1]}{self._path}"

    def __call__(self, url: str) -> Mapping[str, str]:
        """Show ``url`` and return the parameters of the way back.

        Raises:
            CredentialsError: The person did not come back in time.
        """
        came = self._server.came = SimpleQueue()
        self._show(url)
        try:
            back = came.get(timeout=self._seconds)
        except Empty:
            why = f"nobody came back from the platform's page within {self._seconds:g} seconds"
            raise CredentialsError(f"{self._connection}: nobody let us in: {why}.", remedy="Begin again.") from None
        finally:
            self._server.came = None
        return back

    def __enter__(self) -> Self:
        """Listen.

        Raises:
            InputError: The port is taken.
        """
        self._server = _listening(self._port, self._path)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more; who still waits is told that nothing came."""
        self._server.shutdown()
        self._server.server_close()
        if self._server.came:
            self._server.came.put({})


def _place(redirect_uri: str) -> tuple[int, str]:
    """Return port and path of an address on loopback."""
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port or 0
    except ValueError:
        parts, port = urlsplit(""), 0
    plain = f"http://{parts.hostname}:{port}{parts.path}"
    if parts.hostname not in ("127.0.0.1", "localhost") or not port or not parts.path or plain != redirect_uri:
        raise InputError(
            "--redirect-uri cannot be served here.",
            remedy="Write it as http://localhost:44300/callback: plain http, this machine, a port and a path.",
        )
    return port, parts.path


def _listening(port: int, path: str) -> _Server:
    try:
        return _Server(port, path)
    except (OSError, OverflowError):
        raise InputError(
            f"Port {port} of this machine cannot be listened on.",
            remedy="End the program that listens there, or take another port with --port.",
        ) from None


class _Server(ThreadingHTTPServer):
    """Serves one path, to whoever waits; a browser opens connections that it never uses, so each has a thread."""

    daemon_threads = True

    def __init__(self, port: int, path: str) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.path = path
        self.came: SimpleQueue[Mapping[str, str]] | None = None

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name, as the base class does."""
        TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a browser that hangs up is no news."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Print nothing: the line of the request holds the code."""

    def version_string(self) -> str:
        """Say no version."""
        return "disengage"

    def do_GET(self) -> None:
        """Answer the way back with a page, and only then hand its parameters on; anything else is not found."""
        back, came = self._back(), self.server.came
        if not back or came is None:
            self._send(404, b"")
            return
        self._send(200, _PAGE)
        came.put(back)

    def do_HEAD(self) -> None:
        """Find nothing: who only looks whether the page is there does not come back."""
        self._send(404, b"")

    def _back(self) -> dict[str, str]:
        """Return the parameters of the way back; one that is there twice is not there (RFC 6749, section 3.1)."""
        with suppress(ValueError):
            parts = urlsplit(self.path)
            if parts.path == self.server.path:
                found = parse_qs(parts.query, keep_blank_values=True, max_num_fields=50)
                return {name: values[0] for name, values in found.items() if len(values) == 1}
        return {}

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def open_browser(url: str) -> None:
    """Open a page in the person's browser, from a process of its own: what it prints is not ours."""
    command = [sys.executable, "-m", "webbrowser", url]
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)

    def open_it() -> None:
        with suppress(OSError):  # the address was shown; who has no browser here opens it elsewhere
            subprocess.run(command, check=False, start_new_session=True, **quiet)  # noqa: S603 -- our own interpreter

    threading.Thread(target=open_it, daemon=True).start()


def shown_by(connection: str, *, to_stderr: bool, browser: bool) -> Callable[[str], None]:
    """Return what shows an address to the person."""

    def show(url: str) -> None:
        stream = sys.stderr if to_stderr else sys.stdout
        stream.write(f"Let disengage in at '{connection}' on this page:\n\n{url}\n\nWaiting for the answer.\n")
        stream.flush()
        if browser:
            open_browser(url)

    return show
