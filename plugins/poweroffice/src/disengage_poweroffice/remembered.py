"""What was read a moment ago, so that it need not be read again: for facts that prove nothing by themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """A few values, each for a short while; safe for many threads.

    Args:
        now: The clock.
        span: How long a value is remembered.
        most: How many are kept; the oldest go first.
    """

    def __init__(self, now: Callable[[], datetime], span: timedelta, most: int = 256) -> None:
        self._now, self._span, self._most = now, span, most
        self._kept: OrderedDict[str, tuple[datetime, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> T | None:
        """Return what is remembered under ``key``, if it is not too long ago; also not from a clock set back."""
        with self._lock:
            at, value = self._kept.get(key, (None, None))
        return value if at is not None and timedelta(0) <= self._now() - at < self._span else None

    def put(self, key: str, value: T) -> None:
        """Remember ``value``, read just now."""
        with self._lock:
            self._kept[key] = self._now(), value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, key: str) -> None:
        """Remember nothing under ``key``."""
        with self._lock:
            self._kept.pop(key, None)
