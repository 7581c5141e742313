"""How long a plugin's call may still take: who would pause beyond that says at once why, and is not taken for hung.

A platform that is slow, or whose limit many share, makes a call wait for reasons that are no fault of the plugin.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Seconds that no pause may use up: the exchange after it needs them.
KEPT = 2.0

_ends: ContextVar[float] = ContextVar("disengage_time_ends", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the block so long, also on threads that copy its context."""
    token = _ends.set(min(_ends.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends.reset(token)


def for_a_pause() -> float:
    """Return how many seconds may be spent pausing; infinite outside of every block."""
    return max(0.0, _ends.get() - time.monotonic() - KEPT)
