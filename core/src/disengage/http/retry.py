"""Trying again inside one call: seconds only, and only where the border says that a repeat is safe."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import TypeVar

import tenacity

from disengage.errors import DisengageError
from disengage.http import time_left
from disengage.http.words import said

T = TypeVar("T")

_LONGEST = 24 * 3600.0
_TRY_AGAIN = re.compile(r"try again in (\d{1,6}(?:\.\d+)?) seconds?", re.IGNORECASE)


class Setback(Exception):  # noqa: N818 -- it carries an error, and may come to nothing
    """One attempt that went wrong.

    Args:
        error: What it becomes when it is not tried again.
        again: Whether the same call may be sent once more.
        after: Seconds the platform asked us to wait.
    """

    def __init__(self, error: DisengageError, *, again: bool = False, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.again, self.after = error, again, after


def asked_pause(headers: Mapping[str, str], content: bytes) -> float | None:
    """Return how many seconds the platform asks us to wait: by ``Retry-After`` or in its message."""
    asked = [_retry_after(headers), _in_words(said(content))]
    wishes = [min(max(seconds, 0.0), _LONGEST) for seconds in asked if seconds is not None]
    return max(wishes, default=None)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        return _until(_date(value), headers)
    return seconds if math.isfinite(seconds) else None


def _until(then: datetime | None, headers: Mapping[str, str]) -> float | None:
    """Count from the platform's own ``Date``, so that a clock that is wrong on either side does no harm."""
    if then is None:
        return None
    return (then - (_date(headers.get("date", "")) or datetime.now(UTC))).total_seconds()


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _in_words(text: str) -> float | None:
    found = _TRY_AGAIN.search(text)
    return float(found[1]) if found else None


@dataclass(frozen=True)
class Patience:
    """How long one call tries; whatever needs longer is the engine's.

    Attributes:
        attempts: How often a call is sent at most.
        first: Seconds before the second attempt, where the platform does not say; doubled each time.
        max_wait: The longest pause kept inside a call. Whoever asks for more gets the error at once.
        total: Seconds after which no further attempt begins.
        sleep: What pauses.
    """

    attempts: int = 4
    first: float = 1.0
    max_wait: float = 10.0
    total: float = 20.0
    sleep: Callable[[float], None] = time.sleep

    def run(self, attempt: Callable[[int], T]) -> T:
        """Return what ``attempt`` (given its number, from 1) returns at last.

        Raises:
            DisengageError: What the last setback becomes.
        """
        numbers = count(1)
        again = tenacity.Retrying(
            sleep=self.sleep,
            stop=self._is_over,
            wait=self._pause,
            retry=tenacity.retry_if_exception(self._may_go_again),
            reraise=True,
        )
        try:
            return again(lambda: attempt(next(numbers)))
        except Setback as setback:
            raise setback.error from None

    def _may_go_again(self, error: BaseException) -> bool:
        return isinstance(error, Setback) and error.again and (error.after or 0.0) <= self.max_wait

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Wait as asked, else longer each time; a little apart from everybody else who waits."""
        error = state.outcome.exception() if state.outcome else None
        apart = tenacity.wait_random(0, self.first / 4)(state)
        if isinstance(error, Setback) and error.after is not None:
            return error.after + apart
        growing = tenacity.wait_exponential(multiplier=self.first, max=self.max_wait)
        return float(growing(state) + apart)

    def _is_over(self, state: tenacity.RetryCallState) -> bool:
        spent = max(state.seconds_since_start or 0.0, state.idle_for) + state.upcoming_sleep
        out_of_time = spent > self.total or state.upcoming_sleep > time_left.for_a_pause()
        return state.attempt_number >= self.attempts or out_of_time
