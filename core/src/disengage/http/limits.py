"""Keep a platform's limits across all threads and processes that share a store.

A caller *books* the earliest moment that the limits allow, in one exclusive transaction, and then waits for it.
So nobody polls, the order is fair, and the limits hold exactly, whoever shares them. The rule itself (a sliding
window) is pyrate-limiter's; its own buckets count and insert in two steps and are not exact across processes.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pyrate_limiter

from disengage.connector import Rate
from disengage.errors import ConfigurationError, RetryableError
from disengage.http import time_left

_RULE = pyrate_limiter.SlidingWindowLog()
#: Milliseconds added to every period: between booking and arrival, calls move against each other on the way.
_MARGIN = 50
#: Whoever would wait longer gets a ``RetryableError`` instead, so that the engine waits and no thread does.
LONGEST_WAIT = 90.0
_NAP = 0.25


class Page(Protocol):
    """What is booked under one key, while nobody else may book. Times are milliseconds."""

    @property
    def now(self) -> int:
        """The ledger's clock."""

    def count(self, since: int) -> int:
        """Return how many calls are booked at ``since`` or later."""

    def newest(self, offset: int) -> int | None:
        """Return the time of the call ``offset`` places before the last one."""

    def book(self, at: int, until: int) -> None:
        """Book a call at ``at``; after ``until`` it counts no more and may be forgotten."""


class Ledger(Protocol):
    """Where calls are booked."""

    def page(self, key: str, horizon: int) -> AbstractContextManager[Page]:
        """Open the page of ``key`` exclusively; bookings further ahead than ``horizon`` are of a wrong clock."""

    def close(self) -> None:
        """Let go of whatever is open."""


class SharedLimiter:
    """A limiter over a ledger.

    Args:
        ledger: Where calls are booked.
        longest_wait: Seconds that ``wait`` waits at most.
        sleep: What pauses.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        longest_wait: float = LONGEST_WAIT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger, self._longest, self._sleep = ledger, longest_wait, sleep

    def wait(self, key: str, rates: Sequence[Rate]) -> None:
        """Return when one more call under ``key`` is within every one of ``rates``.

        Raises:
            RetryableError: That would take longer than ``longest_wait``, or than the caller has time; nothing was
                booked.
            StoreError: The store cannot be used.
        """
        if rates:
            self._pause(self._booked(key, [_translated(rate) for rate in rates]))

    def close(self) -> None:
        """Let go of the store. Calling it twice is nothing."""
        self._ledger.close()

    def _booked(self, key: str, rates: list[pyrate_limiter.Rate]) -> float:
        """Book a call and return in how many seconds it may be made."""
        period = max(rate.interval for rate in rates)
        with self._ledger.page(key, int(self._longest * 1000)) as page:
            at = earliest(page, rates)
            seconds = (at - page.now) / 1000
            if seconds > min(self._longest, time_left.for_a_pause()):
                message = "The calls that the platform allows are used up for now."
                raise RetryableError(message, retry_after=seconds, remedy="It is tried again later.")
            page.book(at, at + period)
        return seconds

    def _pause(self, seconds: float) -> None:
        """Wait in short naps, so that a process that is told to stop does not hang here."""
        while seconds > 0:
            self._sleep(min(seconds, _NAP))
            seconds -= _NAP


def _translated(rate: Rate) -> pyrate_limiter.Rate:
    return pyrate_limiter.Rate(rate.calls, round(rate.seconds * 1000) + _MARGIN)


def earliest(page: Page, rates: list[pyrate_limiter.Rate]) -> int:
    """Return the earliest moment at which every one of ``rates`` allows one more call."""
    at = page.now
    while True:
        counts = [page.count(_RULE.window_start(rate, at)) for rate in rates]
        decision = _RULE.decide(rates, counts, 1, at, page.newest)
        if decision.allowed:
            return at
        at += max(decision.retry_after_ms or 0, 1)


# --- in memory ----------------------------------------------------------------------------------------------


class _MemoryPage:
    def __init__(self, now: int, booked: list[int]) -> None:
        self.now, self._booked = now, booked

    def count(self, since: int) -> int:
        return sum(at >= since for at in self._booked)

    def newest(self, offset: int) -> int | None:
        return self._booked[-1 - offset] if offset < len(self._booked) else None

    def book(self, at: int, until: int) -> None:
        self._booked[:] = [old for old in self._booked if old >= self.now - (until - at)]
        self._booked.append(at)


class _MemoryLedger:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._booked: defaultdict[str, list[int]] = defaultdict(list)

    @contextmanager
    def page(self, key: str, horizon: int) -> Iterator[Page]:  # noqa: ARG002 -- its clock is never wrong
        with self._lock:
            yield _MemoryPage(int(self._clock() * 1000), self._booked[key])

    def close(self) -> None:
        self._booked.clear()


class MemoryLimiter(SharedLimiter):
    """Keeps limits within this process only: for tests, and for tools without a store.

    Args:
        clock: Seconds that only grow.
        sleep: What pauses.
        longest_wait: Seconds that ``wait`` waits at most.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        super().__init__(_MemoryLedger(clock), longest_wait=longest_wait, sleep=sleep)


# --- on a store ---------------------------------------------------------------------------------------------


def limiter_for(store_url: str, folder: Path) -> SharedLimiter:
    """Return the limiter on the store's own database.

    Nothing is opened before the first ``wait``, and a store that is missing is not made.

    Args:
        store_url: ``sqlite:///path`` or ``postgresql://…``.
        folder: Where a relative path counts from.

    Raises:
        ConfigurationError: The URL is of neither kind.
    """
    kind, _, rest = store_url.partition("://")
    if kind.startswith("sqlite"):
        return _on_sqlite(rest.removeprefix("/"), folder)
    if kind.partition("+")[0] in ("postgresql", "postgres"):
        from disengage.http.ledgers import PostgresLedger  # loaded only where it is used

        return SharedLimiter(PostgresLedger(f"postgresql://{rest}"))
    raise ConfigurationError(
        "The store's URL is of an unknown kind.", remedy="Write sqlite:///file or postgresql://user@host/db."
    )


def _on_sqlite(path: str, folder: Path) -> SharedLimiter:
    from disengage.http.ledgers import SqliteLedger  # loaded only where it is used

    if path in ("", ":memory:"):
        return MemoryLimiter()
    return SharedLimiter(SqliteLedger(folder / path.partition("?")[0]))
