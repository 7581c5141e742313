"""The base of every simulator: a real HTTP server on loopback that behaves, or misbehaves, like a platform.

A simulator keeps two records that tests compare: ``journal``, every call it received, and ``effects``, every
change it really made. Both can be read over HTTP, so that a test may run it in another process:

``GET /_simulator/journal`` and ``GET /_simulator/effects``: the records;
``POST /_simulator/do/NAME``: call a ``@control`` method, its arguments as a JSON object;
``POST /_simulator/faults`` with ``{"spec": …}``: replace all faults, see ``faults.py``.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import unquote

from disengage.testing.faults import Fault, Faults, parse_faults
from disengage.testing.messages import Call, Entry, Reply
from disengage.testing.server import Server

if TYPE_CHECKING:
    from disengage.connector import Rate

F = TypeVar("F", bound=Callable[..., Any])


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
        rates: The platform's limits, which the contract suite holds a connection to, besides those it declares.
        planted: Further texts that nobody may repeat: names of people, personal numbers. What is in
            ``environment()``, and every e-mail address and token in an answer, is planted already.

    Attributes:
        journal: Every call it received.
        effects: Every change it really made.
        heard: Called with each call and its answer, before that is sent.
        elsewhere: Where faults of kind ``redirect`` lead.
    """

    name: ClassVar[str] = "simulator"
    token_paths: ClassVar[tuple[str, ...]] = ()
    rates: ClassVar[tuple[Rate, ...]] = ()
    planted: tuple[str, ...] = ()

    def __init__(self, *, faults: str = "", seed: int = 0) -> None:
        self.lock = threading.RLock()
        self.faults = Faults(parse_faults(faults, self.name), seed=seed)
        self.journal: list[Entry] = []
        self.effects: list[str] = []
        self.heard: list[Callable[[Call, Reply], None]] = []
        self.elsewhere = "https://elsewhere.example/"
        self._answering = threading.local()
        self._server: Server | None = None
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
        self._server = Server(self, port)
        self._server.start()
        return self.url

    def stop(self) -> None:
        """Stop serving. Calling it twice is nothing."""
        if self._server:
            self._server.stop()
            self._server = None

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Refuse every connection while inside; the port stays the same."""
        assert self._server, "the simulator is not serving"
        port = self._server.server_address[1]
        self._server.stop()
        try:
            yield
        finally:
            self._server = Server(self, int(port))
            self._server.start()

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
        self._answering.effects = getattr(self._answering, "effects", 0) + 1

    def forget_tokens(self) -> None:
        """Make every token handed out so far invalid. Override where there are tokens."""

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Return the platform's own error answer. Override to speak the platform's words."""
        headers = {"Retry-After": f"{fault.value:g}"} if fault and fault.value is not None else {}
        return Reply(status, {"message": f"simulated {status}"}, headers)

    def changing_calls(self) -> list[tuple[str, str]]:
        """Return method and path of every journalled call that was not a read."""
        return [(e.method, e.path) for e in self.journal if e.method not in ("GET", "HEAD", "OPTIONS")]

    def serve(self, call: Call) -> Reply:
        """Answer one call, and tell whoever listens."""
        reply = self.answer(call)
        for listener in self.heard:
            listener(call, reply)
        return reply

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
        made, self._answering.effects = getattr(self._answering, "effects", 0), 0
        with self.lock:
            path = f"{call.path}?{query}" if query else call.path
            number, sent_as = len(self.journal) + 1, call.headers.get("X-Request-ID") or ""
            self.journal.append(Entry(number, time.time(), call.method, path, status, fault, sent_as, made))
