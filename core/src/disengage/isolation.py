"""Call a plugin so that nothing it does can hurt: not raising, not exiting, not hanging."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from disengage.errors import DisengageError, PluginError
from disengage.http.time_left import within

T = TypeVar("T")

#: While so many calls of a plugin have not come back, it is not called again by this process.
HUNG_CALLS = 4


class HungError(PluginError):
    """A plugin did not come back in time; what it did meanwhile is not known."""


class _Answer(Generic[T]):
    value: T
    error: BaseException | None = None


class Isolation:
    """Runs calls on threads of their own and gives up on those that take too long."""

    def __init__(self) -> None:
        self._hung: dict[str, list[threading.Thread]] = defaultdict(list)
        self._guard = threading.Lock()

    def call(self, who: str, what: str, function: Callable[[], T], seconds: float) -> T:
        """Return what ``function`` returns.

        Args:
            who: The plugin or connection, for messages and for counting.
            what: The hook.
            function: Called on a thread of its own.
            seconds: How long it may take.

        Raises:
            DisengageError: Whatever error of ours the plugin raised.
            HungError: It took too long.
            PluginError: It raised anything else; its words are left out, since they may hold secrets.
        """
        if self._hanging(who) >= HUNG_CALLS:
            why = f"{who}: {HUNG_CALLS} calls have not come back, and it is not called again before one does."
            raise HungError(why, remedy=_REMEDY)
        answer: _Answer[T] = _Answer()
        with within(seconds):
            context = copy_context()
        thread = threading.Thread(target=context.run, args=(_run, function, answer), daemon=True, name=f"{who}.{what}")
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            with self._guard:
                self._hung[who].append(thread)
            raise HungError(f"{who}: {what} did not come back within {seconds:g} seconds.", remedy=_REMEDY)
        if answer.error is not None:
            raise _presentable(who, what, answer.error)
        return answer.value

    def _hanging(self, who: str) -> int:
        """Return how many calls have not come back yet; one that only came late, as on a slow day, is forgiven."""
        with self._guard:
            self._hung[who] = [thread for thread in self._hung[who] if thread.is_alive()]
            return len(self._hung[who])


_REMEDY = "Update or remove the plugin, or tell its author."


def _run(function: Callable[[], T], answer: _Answer[T]) -> None:
    try:
        answer.value = function()
    except BaseException as error:  # noqa: BLE001 -- the plugin border: even SystemExit stays inside
        answer.error = error


def _presentable(who: str, what: str, error: BaseException) -> BaseException:
    if isinstance(error, DisengageError):
        return error
    return PluginError(f"{who}: {what} raised {type(error).__name__}.", remedy=_REMEDY)
