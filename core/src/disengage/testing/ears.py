"""Everything that is said while a connector works: log lines of both kinds, and what is printed; and its naps."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import threading
import time
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line with everything that any formatter could make of it."""
        with contextlib.suppress(Exception):  # a line that cannot be formatted is written nowhere else either
            self._said.append(logging.Formatter().format(record))
        self._said.append(repr({**record.__dict__, "args": record.args}))


#: How the names of threads begin on which hooks are called.
AT_WORK = "contract "


class Ears:
    """Hears log lines and what is printed while it listens. Listening twice at once is listening once.

    A connector that sleeps in a hook is not kept waiting: it is heard, and goes on.

    Args:
        package: Where the connector's code is.

    Attributes:
        said: Every text heard.
        slept: Seconds of each nap.
    """

    def __init__(self, package: str) -> None:
        self.said: list[str] = []
        self.slept: list[float] = []
        self._package, self._sleep = package, time.sleep
        self._lock, self._listening = threading.Lock(), 0
        self._stack = contextlib.ExitStack()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen while inside."""
        with self._lock:
            self._listening += 1
            if self._listening == 1:
                self._open()
        try:
            yield
        finally:
            with self._lock:
                self._listening -= 1
                if self._listening == 0:
                    self._stack.close()

    def _open(self) -> None:
        before, root, listener = structlog.get_config(), logging.getLogger(), _Listener(self.said)
        structlog.configure(processors=[self._hear], wrapper_class=structlog.BoundLogger)
        self._stack.callback(structlog.configure, **before)
        self._stack.callback(root.setLevel, root.level)
        self._stack.callback(root.removeHandler, listener)
        root.addHandler(listener)
        root.setLevel(logging.DEBUG)
        self._stack.callback(setattr, time, "sleep", self._sleep)
        time.sleep = self._nap  # type: ignore[assignment]
        printed = io.StringIO()
        self._stack.callback(lambda: self.said.append(printed.getvalue()))
        self._stack.enter_context(contextlib.redirect_stdout(printed))
        self._stack.enter_context(contextlib.redirect_stderr(printed))

    def _nap(self, seconds: float) -> None:
        who = str(sys._getframe(1).f_globals.get("__name__", "")).partition(".")[0]
        if who == self._package and threading.current_thread().name.startswith(AT_WORK):
            self.slept.append(seconds)
        else:
            self._sleep(seconds)

    def _hear(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:  # noqa: ARG002 -- structlog's
        self.said.append(repr(dict(event)))
        raise structlog.DropEvent
