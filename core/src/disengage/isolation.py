"""Call a plugin so that nothing it does can hurt: not raising, not exiting, not hanging."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from disengage.errors import DisengageError, PluginError

T = TypeVar("T")

#: After so many calls that never came back, a plugin is not called again by this process.
HUNG_CALLS = 4


class HungError(PluginError):
    """A plugin did not come back in time; what it did meanwhile is not known."""


class _Answer(Generic[T]):
    value: T
    error: BaseException | None = None


class Isolation:
    """Runs calls on threads of their own and gives up on those that take too long."""

    def __init__(self) -> None:
        self._hung: Counter[str] = Counter()

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
        if self._hung[who] >= HUNG_CALLS:
            raise HungError(f"{who} hung {HUNG_CALLS} times and is not called again.", remedy=_REMEDY)
        answer: _Answer[T] = _Answer()
        thread = threading.Thread(
            target=copy_context().run, args=(_run, function, answer), daemon=True, name=f"{who}.{what}"
        )
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self._hung[who] += 1
            raise HungError(f"{who}: {what} did not come back within {seconds:g} seconds.", remedy=_REMEDY)
        if answer.error is not None:
            raise _presentable(who, what, answer.error)
        return answer.value


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
