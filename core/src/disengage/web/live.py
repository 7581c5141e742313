"""Tell open pages that something happened, so that they fetch themselves anew.

One thread watches the end of the event log, and only while somebody listens; whoever listens costs a coroutine, no
thread and no connection to the database. What is sent says nothing but that there is news, and its number.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent

from disengage.errors import StoreError
from disengage.store import Store

log = structlog.get_logger("disengage.web")

#: The header of what a page asks for by itself: it keeps nobody signed in, and takes no word meant for people.
LIVE = "x-live"
#: Seconds between two looks at the log.
LOOKS_EVERY = 0.5
#: Seconds between two signs of life on a quiet stream, and between two looks whether its reader may still listen.
HEARTBEAT = 15.0
#: Milliseconds after which a browser comes back when its stream broke.
_COMES_BACK = 3_000


@dataclass(eq=False)
class _Listener:
    """Somebody with a page open.

    Attributes:
        case: What the page is about; empty: all cases.
        seen: The last event that the page shows, or was told of.
        may_stay: Whether the reader is still signed in, and may still look.
        settled: What happened between the making of the page and now was looked at.
        over: Nothing more is to be told.
    """

    case: str
    seen: int
    may_stay: Callable[[], bool]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    settled: bool = False
    over: bool = False

    def tell(self, event: int) -> None:
        """Wake the reader's coroutine, from the watching thread."""
        self.seen = event
        self._wake()

    def end(self) -> None:
        """Have the stream end."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # its loop is closed: the server ended
            self.loop.call_soon_threadsafe(self.woken.set)


class Live:
    """All streams of one site.

    Args:
        store: Whose log is watched.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: set[_Listener] = set()
        self._came_or_left = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._seen = 0
        self._asked = 0.0

    def __len__(self) -> int:
        """Return how many listen."""
        return len(self._listeners)

    def stream(self, case: str, seen: int, may_stay: Callable[[], bool]) -> EventSourceResponse:
        """Return the stream for one page.

        Args:
            case: The case that the page shows; empty: it shows several.
            seen: The number of the last event when the page was made.
            may_stay: Whether the reader may still listen; asked now and then, on the watching thread.
        """
        return EventSourceResponse(self._changes(case, seen, may_stay), ping=HEARTBEAT)

    def close(self) -> None:
        """End every stream, and let no more begin."""
        with self._came_or_left:
            self._closed = True
            for listener in self._listeners:
                listener.end()

    # --- on the readers' side: in their event loop

    async def _changes(self, case: str, seen: int, may_stay: Callable[[], bool]) -> AsyncIterator[ServerSentEvent]:
        listener = _Listener(case, seen, may_stay)
        self._join(listener)
        try:
            yield ServerSentEvent(comment="listening", retry=_COMES_BACK)
            while True:
                await listener.woken.wait()
                listener.woken.clear()
                if listener.over:
                    return
                number = str(listener.seen)
                yield ServerSentEvent(event="changed", id=number, data=number)
        finally:
            self._leave(listener)

    def _join(self, listener: _Listener) -> None:
        with self._came_or_left:
            if self._closed:
                listener.end()
                return
            self._listeners.add(listener)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, daemon=True, name="web-live")
                self._thread.start()
            self._came_or_left.notify()

    def _leave(self, listener: _Listener) -> None:
        with self._came_or_left:
            self._listeners.discard(listener)
            self._came_or_left.notify()

    # --- on the watching thread

    def _watch(self) -> None:
        self._seen, self._asked = 0, time.monotonic()
        while listeners := self._present():
            try:
                self._look(listeners)
                self._ask_who_may_stay(listeners)
            except StoreError as error:  # it is tried again; the pages stand still meanwhile
                log.warning("live_cannot_look", kind=type(error).__name__)
                self._rest()

    def _present(self) -> list[_Listener]:
        """Return who listens, a while after the last look or as soon as somebody comes; nobody: the watch ends."""
        with self._came_or_left:
            if all(listener.settled for listener in self._listeners):
                self._came_or_left.wait_for(self._has_cause, LOOKS_EVERY)
            if not self._listeners:
                self._thread = None
            return list(self._listeners)

    def _rest(self) -> None:
        with self._came_or_left:
            self._came_or_left.wait_for(lambda: not self._listeners, LOOKS_EVERY)

    def _has_cause(self) -> bool:
        return not self._listeners or any(not listener.settled for listener in self._listeners)

    def _look(self, listeners: list[_Listener]) -> None:
        newest = self._store.last_event()
        changed = self._store.log.cases_since(self._seen) if self._seen and newest != self._seen else {}
        self._seen = newest
        for listener in listeners:
            last = self._last_of(listener) if not listener.settled else changed.get(listener.case, 0)
            if not listener.case and listener.settled:
                last = max(changed.values(), default=0)
            listener.settled = True
            if last > listener.seen:
                listener.tell(last)

    def _last_of(self, listener: _Listener) -> int:
        return self._store.log.last_of(listener.case) if listener.case else self._seen

    def _ask_who_may_stay(self, listeners: list[_Listener]) -> None:
        if time.monotonic() - self._asked < HEARTBEAT:
            return
        self._asked = time.monotonic()
        for listener in listeners:
            if not listener.may_stay():
                listener.end()
