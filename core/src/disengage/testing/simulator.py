"""The base of every simulator: a real HTTP server on loopback that behaves, or misbehaves, like a platform.

A simulator keeps two records that tests compare: ``journal``, every call it received, and ``effects``, every
change it really made. Both can be read over HTTP, so that a test may run it in another process:

``GET /_simulator/journal`` and ``GET /_simulator/effects``: the records;
``POST /_simulator/do/NAME``: call a ``@control`` method, its arguments as a JSON object;
``POST /_simulator/faults`` with ``{"spec": …}``: replace all faults, see ``faults.py``.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from disengage.testing.faults import Fault, Faults, parse_faults

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call:
    """One call as a simulator sees it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body or b"null")

    def form(self) -> dict[str, str]:
        """Return the body as a form post."""
        return dict(parse_qsl(self.body.decode()))


@dataclass(frozen=True)
class Reply:
    """One answer of a simulator; ``body`` of any JSON type, or bytes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """Return the body's bytes."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes:
        number: Counted from 1.
        at: Seconds since the epoch.
        method: HTTP method.
        path: Path with query.
        status: What was answered; 0 where no answer was sent.
        fault: The fault that struck, or empty.
    """

    number: int
    at: float
    method: str
    path: str
    status: int
    fault: str = ""


def route(method: str, path: str) -> Callable[[F], F]:
    """Serve ``method`` on ``path`` by the decorated method ``(self, call, **placeholders) -> Reply``."""

    def mark(function: F) -> F:
        pattern = re.compile("".join(_piece(piece) for piece in re.split(r"({\w+})", path)))
        function.__dict__["routes"] = [*function.__dict__.get("routes", []), (method, pattern)]
        return function

    return mark


def _piece(piece: str) -> str:
    return f"(?P<{piece[1:-1]}>[^/]+)" if piece.startswith("{") else re.escape(piece)


def control(function: F) -> F:
    """Let the decorated method be called over ``POST /_simulator/do/NAME``."""
    function.__dict__["control"] = True
    return function


class Simulator:
    """One platform on loopback. A subclass adds ``@route`` methods and keeps its state under ``self.lock``.

    Class attributes:
        name: The simulator's word in fault specifications; the connector's name.
        token_paths: Paths that faults of kind ``expired`` leave alone.
    """

    name: ClassVar[str] = "simulator"

    def __init__(self, *, faults: str = "", seed: int = 0) -> None:
        self.lock = threading.RLock()
        self.faults = Faults(parse_faults(faults, self.name), seed=seed)
        self.journal: list[Entry] = []
        self.effects: list[str] = []
        self._server: ThreadingHTTPServer | None = None
        members = [(name, getattr(type(self), name)) for name in dir(type(self)) if not name.startswith("__")]
        self._routes = [
            (method, pattern, getattr(self, name))
            for name, member in members
            for method, pattern in getattr(member, "__dict__", {}).get("routes", [])
        ]
        self._controls = {n: getattr(self, n) for n, m in members if getattr(m, "__dict__", {}).get("control")}

    # what `disengage simulate`, the demo and the tests ask of every simulator

    def configuration(self, folder: Path) -> str:
        """Return the TOML below ``[connections.NAME]`` that makes a connection of this simulator."""
        raise TypeError(f"{type(self).__name__} does not say how it is configured: override configuration()")

    def environment(self) -> dict[str, str]:
        """Return the environment variables that hold this simulator's secrets."""
        return {}

    def example(self) -> dict[str, Any]:
        """Return what a request for the fictitious client needs.

        Keys: ``references`` (a text), ``identifiers`` and ``options`` (tables).
        """
        return {}

    # serving

    def start(self, port: int = 0) -> str:
        """Serve on loopback until ``stop``; return the root URL."""
        simulator = self

        class Handler(_Handler):
            owner = simulator

        self._server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self.url

    def stop(self) -> None:
        """Stop serving. Calling it twice is nothing."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Any:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """The root URL while serving."""
        assert self._server, "the simulator is not serving"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # for handlers

    def effect(self, what: str) -> None:
        """Record one change that was really made; the same change made twice is recorded twice."""
        with self.lock:
            self.effects.append(what)

    def forget_tokens(self) -> None:
        """Make every token handed out so far invalid. Override where there are tokens."""

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Return the platform's own error answer. Override to speak the platform's words."""
        headers = {"Retry-After": f"{fault.value:g}"} if fault and fault.value is not None else {}
        return Reply(status, {"message": f"simulated {status}"}, headers)

    def changing_calls(self) -> list[tuple[str, str]]:
        """Return method and path of every journalled call that was not a read."""
        return [(e.method, e.path) for e in self.journal if e.method not in ("GET", "HEAD", "OPTIONS")]

    def answer(self, call: Call) -> Reply:
        """Find the route of ``call`` and ask it."""
        allowed = False
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(call.path)
            if match and method == call.method:
                found: Reply = handler(call, **{k: unquote(v) for k, v in match.groupdict().items()})
                return found
            allowed = allowed or bool(match)
        return self.error(405 if allowed else 404)

    def own(self, call: Call) -> Reply:
        """Answer a call below ``/_simulator/``."""
        what, _, name = call.path.removeprefix("/_simulator/").partition("/")
        if what == "journal":
            return Reply(body=[asdict(entry) for entry in list(self.journal)])
        if what == "effects":
            return Reply(body=list(self.effects))
        if what == "faults" and call.method == "POST":
            self.faults.clear()
            for fault in parse_faults(call.json()["spec"], self.name):
                self.faults.add(fault)
            return Reply(204)
        if what == "do" and name in self._controls:
            return Reply(body=self._controls[name](**(call.json() or {})))
        return Reply(404, {"message": "no such control"})

    def record(self, call: Call, query: str, status: int, fault: str) -> None:
        """Add a line to the journal."""
        with self.lock:
            path = f"{call.path}?{query}" if query else call.path
            self.journal.append(Entry(len(self.journal) + 1, time.time(), call.method, path, status, fault))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client that was killed in the middle of a call is no news."""


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[Simulator]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Print nothing."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = cast("Mapping[str, str]", self.headers)
        call = Call(self.command, unquote(parts.path), query, headers, self.rfile.read(length))
        if call.path.startswith("/_simulator/"):
            self._send(self.owner.own(call))
            return
        latency, fault = self.owner.faults.choose(call.method, self.path)
        time.sleep(latency)
        self._call, self._query, self._fault = call, parts.query, fault.kind if fault else ""
        if fault:
            self._misbehave(call, fault)
        else:
            self._answer(self.owner.answer(call))

    def _journal(self, status: int) -> None:
        """Write the journal before the answer goes out, so that nobody can act on an answer not yet journalled."""
        self.owner.record(self._call, self._query, status, self._fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815 -- the base class's names

    def _misbehave(self, call: Call, fault: Fault) -> None:
        owner = self.owner
        if fault.kind == "reset":
            return self._reset()
        if fault.kind == "expired":
            owner.forget_tokens()
            return self._answer(owner.answer(call))
        if fault.kind.isdigit():
            return self._answer(owner.error(int(fault.kind), fault))
        if fault.kind == "redirect":
            return self._answer(Reply(302, None, {"Location": "https://elsewhere.example/"}))
        return self._spoil(owner.answer(call), fault)

    def _spoil(self, reply: Reply, fault: Fault) -> None:
        """Let what was asked happen, and spoil the answer."""
        if fault.kind == "lost":
            return self._reset()
        if fault.kind == "late":
            time.sleep((fault.value or 0) / 1000)
            return self._answer(reply)
        if fault.kind == "malformed":
            return self._answer(Reply(reply.status if reply.status != 204 else 200, b'{"broken": ', reply.headers))
        if fault.kind == "oversized":
            return self._answer(Reply(200, b"[" + b" " * (80 * 1024 * 1024) + b"]"))
        return self._truncate(reply)

    def _answer(self, reply: Reply) -> None:
        self._journal(reply.status)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        content = reply.content()
        self.send_response(reply.status)
        if not any(name.lower() == "content-type" for name in reply.headers):
            self.send_header("Content-Type", "application/json")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and reply.status != 204:
            self.wfile.write(content)

    def _truncate(self, reply: Reply) -> None:
        content = reply.content() or b"{}"
        self.send_response(reply.status if reply.status != 204 else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) + 10))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self._reset()

    def _reset(self) -> None:
        """Close hard: the client sees the connection reset, not an orderly end."""
        self._journal(0)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
