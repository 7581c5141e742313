"""When a segment that ended before its time, for a reason of ours, is begun again: soon, then later and later."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from disengage.engine.durable import Fault
from disengage.errors import StoreError
from disengage.store import Store

log = structlog.get_logger("disengage.engine")

#: Longest pause before it is begun again.
LONGEST_PAUSE = 300.0
#: One that did not fail for so long begins with the shortest pause again.
FORGOTTEN_AFTER = 3600.0
_MOST_DOUBLINGS = 9


class Again:
    """The segments that failed, each with when it is due again and how often it failed."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], tuple[float, int]] = {}
        self._due: set[tuple[str, str]] = set()

    def note(self, fault: Fault) -> None:
        """Remember a segment that failed. A store that could not be used is told of elsewhere."""
        case, what, error = fault
        _, times = self._failed.get((case, what), (0.0, 0))
        if not isinstance(error, StoreError):
            log.error("segment_failed", case=case, what=what, kind=type(error).__name__)
        pause = min(2.0 ** min(times, _MOST_DOUBLINGS), LONGEST_PAUSE)
        self._failed[case, what] = (time.monotonic() + pause, times + 1)
        self._due.add((case, what))

    def wake(self, store: Store, now: datetime) -> None:
        """Ask the store to wake those that are due.

        Raises:
            StoreError: The store cannot be used; they stay.
        """
        for segment in list(self._due):
            if self._failed[segment][0] <= time.monotonic():
                store.wake_now(*segment, now)
                self._due.discard(segment)
        self._forget()

    def _forget(self) -> None:
        before = time.monotonic() - FORGOTTEN_AFTER
        for segment, (due, _) in list(self._failed.items()):
            if due < before and segment not in self._due:
                del self._failed[segment]
