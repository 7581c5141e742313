"""Faults that a simulator can be told to have, and the one-line form in which they are written.

``SPEC`` is a list separated by commas; each entry is
``SIMULATOR:KIND[=VALUE][xTIMES][#NUMBER][~CHANCE][@METHOD[ PATH]]``:

``poweroffice:503x2@PATCH``       the first two PATCH calls are answered 503
``banqup:lostx1@POST``            the first POST has its effect, but the answer never arrives
``*:latency=200``                 every call to every simulator takes 200 ms longer
``*:500~0.2``                     one call in five is answered 500
``poweroffice:429=3x1@GET /v2``   one GET below ``/v2`` is answered 429, "try again in 3 seconds"
``banqup:reset#2@POST``           the connection of the second POST is closed before anything happens
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field

from disengage.errors import InputError

#: kind → what it does. A number of its own (429, 500, 503 …) is answered as that status, without effect.
KINDS = {
    "latency": "wait VALUE milliseconds, then answer as usual",
    "reset": "close the connection before anything happens",
    "lost": "do what was asked, then close the connection without an answer",
    "late": "do what was asked, wait VALUE milliseconds, then answer",
    "malformed": "do what was asked, then answer JSON that is broken (files are left whole)",
    "wrongtype": "do what was asked, then answer JSON of another type; of other types inside with VALUE 1",
    "truncated": "do what was asked, then stop in the middle of the answer",
    "expired": "answer 401 and forget the token",
    "redirect": "answer 302 to another host",
    "oversized": "do what was asked, then answer VALUE bytes (80 MiB), far more than anybody asked for",
}

_ENTRY = re.compile(
    r"(?P<who>\*|[\w-]+):(?P<kind>[a-z]+|\d{3})(?:=(?P<value>[\d.]+))?(?:x(?P<times>\d+))?"
    r"(?:#(?P<at>\d+))?(?:~(?P<chance>[\d.]+))?(?:@(?P<method>[A-Z*]+)(?: (?P<path>\S+))?)?"
)


@dataclass
class Fault:
    """One fault.

    Attributes:
        kind: A key of ``KINDS`` or an HTTP status as text.
        value: Milliseconds for ``latency`` and ``late``, seconds for ``429`` and ``503``, bytes for ``oversized``.
        times: How often it strikes; None for ever.
        chance: Probability of each strike.
        method: The method it strikes; ``*`` any.
        path: A text that the path must contain.
        at: Strikes only this one of the calls that it could strike, counted from 1; None: any.
    """

    kind: str
    value: float | None = None
    times: int | None = None
    chance: float = 1.0
    method: str = "*"
    path: str = ""
    at: int | None = None
    struck: int = field(default=0)
    met: int = field(default=0)

    def strikes(self, method: str, path: str, rng: random.Random) -> bool:
        """Decide for one call, and count it."""
        if self.times is not None and self.struck >= self.times:
            return False
        if self.method not in ("*", method) or self.path not in path:
            return False
        self.met += 1
        if self.at not in (None, self.met) or rng.random() >= self.chance:
            return False
        self.struck += 1
        return True


class Faults:
    """The faults of one simulator; safe for many threads.

    Args:
        faults: In the order in which they are asked; the first that strikes wins, latency adds to it.
        seed: Makes ``chance`` repeatable.
    """

    def __init__(self, faults: list[Fault] | None = None, *, seed: int = 0) -> None:
        self.faults = list(faults or [])
        self._rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Add one fault behind the others."""
        with self._lock:
            self.faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self.faults.clear()

    def choose(self, method: str, path: str) -> tuple[float, Fault | None]:
        """Return the latency in seconds for one call, and the fault that strikes it."""
        latency = 0.0
        with self._lock:
            for fault in self.faults:
                if not fault.strikes(method, path, self._rng):
                    continue
                if fault.kind != "latency":
                    return latency, fault
                latency += (fault.value or 0) / 1000
        return latency, None


def parse_faults(spec: str, simulator: str) -> list[Fault]:
    """Return the faults that ``spec`` gives to ``simulator``.

    Raises:
        InputError: Naming the entry that cannot be read.
    """
    faults = []
    for entry in filter(None, (part.strip() for part in spec.split(","))):
        match = _ENTRY.fullmatch(entry)
        if match is None or not (match["kind"] in KINDS or match["kind"].isdigit()):
            raise InputError(
                f"The fault '{entry}' cannot be read.",
                remedy="Write SIMULATOR:KIND[=VALUE][xTIMES][#NUMBER][~CHANCE][@METHOD[ PATH]]; "
                f"kinds: {', '.join(KINDS)} or a status.",
            )
        if match["who"] in ("*", simulator):
            faults.append(_fault(match))
    return faults


def _fault(match: re.Match[str]) -> Fault:
    return Fault(
        kind=match["kind"],
        value=float(match["value"]) if match["value"] else None,
        times=int(match["times"]) if match["times"] else None,
        chance=float(match["chance"]) if match["chance"] else 1.0,
        method=match["method"] or "*",
        path=match["path"] or "",
        at=int(match["at"]) if match["at"] else None,
    )
