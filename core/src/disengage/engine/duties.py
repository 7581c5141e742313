"""What a daemon does besides the steps: duties, each at its own pace, on its own thread, out of the others' way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from disengage.errors import DisengageError

log = structlog.get_logger("disengage.engine")

#: Longest pause of a duty that fails and fails again.
LONGEST_PAUSE = 300.0
#: A duty that failed so often doubles its pause no further.
_MOST_DOUBLINGS = 10


@dataclass
class Duty:
    """Something that is to be done again and again.

    Attributes:
        name: For logs and metrics.
        every: Seconds from the end of one time to the next.
        do: Does it once.
        done: How often it was done.
        failures: How often it failed.
        in_a_row: How often it failed since it was last done.
        last_done: When it was last done, in seconds of the epoch; 0: not yet.
    """

    name: str
    every: float
    do: Callable[[], object]
    done: int = 0
    failures: int = 0
    in_a_row: int = 0
    last_done: float = field(default=0.0)

    def once(self) -> bool:
        """Do it once; whatever goes wrong is logged and counted. Return whether it was done."""
        try:
            self.do()
        except DisengageError as error:
            self._failed(type(error).__name__, error.message)
        except Exception as error:  # noqa: BLE001 -- a fault in one duty must not end the others, nor itself
            self._failed(type(error).__name__, "this is a fault of disengage itself")
        else:
            self.done, self.in_a_row, self.last_done = self.done + 1, 0, time.time()
        return self.in_a_row == 0

    def _failed(self, kind: str, reason: str) -> None:
        self.failures, self.in_a_row = self.failures + 1, self.in_a_row + 1
        tell = log.warning if self.in_a_row == 1 else log.debug
        tell("duty_failed", duty=self.name, kind=kind, reason=reason)

    @property
    def pause(self) -> float:
        """Seconds until the next time: longer after each failure in a row."""
        longer: float = self.every * 2 ** min(self.in_a_row, _MOST_DOUBLINGS)
        return min(longer, max(LONGEST_PAUSE, self.every))


class Rota:
    """The duties of one daemon.

    Args:
        duties: What is to be done.

    Attributes:
        over: Whether the duties are to end; a long one looks at it now and then.
    """

    def __init__(self, duties: Sequence[Duty]) -> None:
        self.duties = tuple(duties)
        self.over = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, *duties: Duty) -> None:
        """Take on further ones, before it begins."""
        self.duties += duties

    def begin(self) -> None:
        """Begin with all of them at once; each goes on until ``end``."""
        self._threads = [
            threading.Thread(target=self._again_and_again, args=(duty,), daemon=True, name=f"duty-{duty.name}")
            for duty in self.duties
        ]
        for thread in self._threads:
            thread.start()

    def once(self) -> None:
        """Do each of them once, here and now."""
        for duty in self.duties:
            duty.once()

    def end(self, patience: float) -> None:
        """Begin none of them again, and give those under way ``patience`` seconds in all."""
        self.over.set()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _again_and_again(self, duty: Duty) -> None:
        while not self.over.is_set():
            duty.once()
            self.over.wait(duty.pause)
