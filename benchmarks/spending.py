"""Where the processor's time goes: every few milliseconds each thread is asked what it is at and how long it ran.

What a thread ran since the last look is charged to the part of the house in which its innermost frame stands; SQL is
charged to whoever asked for it. A connector's calls run on threads of their own that may be gone before the next
look; each of them says itself how long it ran. Only Linux says that of other threads; elsewhere less is found.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from disengage import isolation

#: The first that fits the innermost frame, else the frame around it, and so on.
_PARTS = (
    ("/cryptography/", "sealing and hashing"),
    ("/disengage/store/sealing", "sealing and hashing"),
    ("/disengage/store/tagged", "sealing and hashing"),
    ("/rfc8785/", "sealing and hashing"),
    ("/disengage/store/", "the store's SQL"),
    ("/disengage/vault/", "bags"),
    ("/bagit", "bags"),
    ("/dbos/", "DBOS and its SQL"),
    ("/disengage/", "the engine itself"),
)
_CALLS = "the connector's calls (HTTP client)"
_REST = "the rest"
_EVERY = 0.004


class Spending:
    """Processor time by part, and counts of what was done.

    Attributes:
        seconds: By part.
        counts: Statements and commits.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.counts: Counter[str] = Counter()
        self._ran: dict[int, int] = {}
        self._exempt: set[int] = set()
        self._stop = threading.Event()

    def shares(self) -> list[tuple[str, float]]:
        """Return each part's share of all, the largest first."""
        whole = sum(self.seconds.values()) or 1
        return sorted(((part, spent / whole) for part, spent in self.seconds.items()), key=lambda share: -share[1])

    def watch(self) -> None:
        """Look again and again, until told to stop."""
        started = time.process_time()
        self._exempt.add(threading.get_ident())
        self._look(charge=False)
        while not self._stop.wait(_EVERY):
            self._look(charge=True)
        whole = time.process_time() - started - time.thread_time()
        self.seconds[_REST] += max(0.0, whole - sum(self.seconds.values()))

    def exact(self, run: Callable[..., None]) -> Callable[..., None]:
        """Return ``run`` so that it says itself how long its thread ran."""

        def charged(*arguments: Any) -> None:
            mine = threading.get_ident()
            self._exempt.add(mine)
            run(*arguments)
            self.seconds[_CALLS] += time.thread_time()
            self._exempt.discard(mine)

        return charged

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _look(self, *, charge: bool) -> None:
        frames = sys._current_frames()
        for thread in threading.enumerate():
            ran = _nanoseconds(thread.native_id)
            spent = ran - self._ran.get(thread.native_id or 0, 0)
            self._ran[thread.native_id or 0] = ran
            if charge and spent > 0 and thread.ident not in self._exempt:
                self.seconds[_part(frames.get(thread.ident or 0))] += spent / 1e9


def _nanoseconds(thread: int | None) -> int:
    """Return how long a thread ran; 0 where it is gone or the system does not say."""
    with suppress(OSError):
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="ascii").split()[0])
    return 0


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        for place, part in _PARTS:
            if place in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return _REST


@contextmanager
def spending() -> Iterator[Spending]:
    """Watch this process for the length of the block."""
    found = Spending()
    watcher = threading.Thread(target=found.watch, daemon=True, name="spending")
    with _counted(found.counts), patch.object(isolation, "_run", found.exact(isolation._run)):
        watcher.start()
        try:
            yield found
        finally:
            found.stop()
            watcher.join()


@contextmanager
def _counted(counts: Counter[str]) -> Iterator[None]:
    """Count the statements and the writing transactions of every engine."""

    def executed(connection: sa.Connection, _: object, statement: str, *__: object) -> None:
        word = statement.split(maxsplit=1)[0]
        counts["SQL statements"] += 1
        if word in ("INSERT", "UPDATE", "DELETE") and not connection.info.get("counted"):
            counts["transactions that write"] += connection.info.setdefault("counted", True)

    def ended(connection: sa.Connection) -> None:
        connection.info.pop("counted", None)

    listeners = (("before_cursor_execute", executed), ("commit", ended), ("rollback", ended))
    for name, listener in listeners:
        sa.event.listen(sa.Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            sa.event.remove(sa.Engine, name, listener)
