"""A trial: clients made within it are hurried, and each of their exchanges passes by whoever holds it. For tests.

The contract suite (``disengage.testing``) holds one around every call of a connector. Outside of a trial, nothing here
has any effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from disengage.http.calls import Call
from disengage.http.retry import Patience

#: What goes wrong reaches the connector at once.
ONCE = Patience(attempts=1, sleep=lambda _: None)


class Watch(Protocol):
    """Stands at the door through which every exchange goes out."""

    def __call__(self, call: Call, send: Callable[[], Any]) -> Any:
        """Return what ``send()`` returns, or raise what it raises; or let the exchange fail in some other way."""


@dataclass(frozen=True)
class Trial:
    """What clients made within it get instead of what they ask for.

    Attributes:
        watch: Sees every exchange.
        patience: How long one call tries.
        timeout: The longest timeout, in seconds.
        max_bytes: The largest answer.
    """

    watch: Watch
    patience: Patience = ONCE
    timeout: float = 10.0
    max_bytes: int = 2**20


_HELD: ContextVar[Trial | None] = ContextVar("disengage.http.trial", default=None)


def current() -> Trial | None:
    """Return the trial that this code runs in; None outside of tests."""
    return _HELD.get()


@contextmanager
def held(trial: Trial) -> Iterator[None]:
    """Hold ``trial`` for what runs inside, on this thread."""
    before = _HELD.set(trial)
    try:
        yield
    finally:
        _HELD.reset(before)


def no_answer_in_time() -> Exception:
    """Return what the HTTP library raises when an answer is waited for too long; for a watch to raise."""
    return httpx.ReadTimeout("a trial's timeout")
