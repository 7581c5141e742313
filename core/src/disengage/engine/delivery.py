"""Bring recorded events to one notifier: in order, each at least once, however often either side fails.

How far a notifier has been told is a mark in the store: the number of the last event that it took. A process that dies
after sending and before the mark sends that one event again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog

from disengage.domain.values import Frozen
from disengage.engine.notice import notice_of
from disengage.errors import DisengageError
from disengage.notifiers import Notifiers
from disengage.store import EventRecord, Store

log = structlog.get_logger("disengage.engine")

#: Pauses of a notifier that fails, by how often it failed in a row.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: A notifier that failed for so long is no longer asked to tell of what is as old as that.
GIVES_UP = timedelta(days=1)
#: Events read in one go.
_BATCH = 200


def pause_after(failures: int) -> timedelta:
    """Return how long a notifier is left alone that failed so often in a row."""
    return PAUSES[min(failures, len(PAUSES)) - 1]


class Cursor(Frozen):
    """How far one notifier has been told.

    Attributes:
        seq: The last event that it took, or does not want.
        failures: How often in a row it failed since.
        since: Since when.
        again: When it is tried again.
    """

    seq: int
    failures: int = 0
    since: datetime | None = None
    again: datetime | None = None

    def failed(self, now: datetime) -> Cursor:
        """Return the cursor after one more failure."""
        failures = self.failures + 1
        again = now + pause_after(failures)
        return self.model_copy(update={"failures": failures, "since": self.since or now, "again": again})


class Delivery:
    """Events on their way to notifiers.

    Args:
        store: Where the events are, and how far each notifier is.
        notifiers: The notifiers.
        now: The clock, UTC.
        stopped: Whether to leave what is left for the next time.
    """

    def __init__(
        self, store: Store, notifiers: Notifiers, now: Callable[[], datetime], stopped: Callable[[], bool]
    ) -> None:
        self._store, self._notifiers, self._now, self._stopped = store, notifiers, now, stopped

    def begin(self, name: str) -> None:
        """Have a notifier that was never told anything begin where the log ends now."""
        self._cursor(name)

    def catch_up(self, name: str) -> None:
        """Tell one notifier what it was not told yet, unless it is to be left alone or another process does it."""
        with self._store.hold(f"@notices:{name}") as held:
            if not held:
                return
            cursor = self._cursor(name)
            if cursor.again is None or cursor.again <= self._now():
                self._tell_from(name, cursor)

    def _cursor(self, name: str) -> Cursor:
        kept = self._store.mark(_mark(name))
        if kept is not None:
            return Cursor.model_validate_json(kept)
        return self._keep(name, Cursor(seq=self._store.count_events()))

    def _keep(self, name: str, cursor: Cursor) -> Cursor:
        self._store.keep_mark(_mark(name), cursor.model_dump_json())
        return cursor

    def _tell_from(self, name: str, cursor: Cursor) -> None:
        wanted, kept = self._notifiers.wants(name), cursor.seq
        for event in self._events(cursor.seq):
            if self._stopped():
                break
            if event.kind in wanted:
                try:
                    self._send(name, event)
                except DisengageError as error:
                    self._failed(name, cursor, event, error)
                    return
                cursor = self._keep(name, Cursor(seq=event.seq))
                kept = event.seq
            else:
                cursor = cursor.model_copy(update={"seq": event.seq})
        if cursor.seq > kept:
            self._keep(name, cursor)

    def _events(self, after: int) -> Iterator[EventRecord]:
        while batch := self._store.events(after=after, limit=_BATCH):
            yield from batch
            after = batch[-1].seq

    def _send(self, name: str, event: EventRecord) -> None:
        self._notifiers.send(name, notice_of(event, self._store.case(event.case)))

    def _failed(self, name: str, cursor: Cursor, event: EventRecord, error: DisengageError) -> None:
        """Leave the notifier alone for a while; what is older than it has been failing for is given up."""
        now = self._now()
        cursor = cursor.failed(now)
        log.warning("notice_not_sent", notifier=name, seq=event.seq, reason=error.message, again=str(cursor.again))
        if cursor.since is not None and now - cursor.since >= GIVES_UP:
            cursor = self._given_up(name, cursor, now - GIVES_UP)
        self._keep(name, cursor)

    def _given_up(self, name: str, cursor: Cursor, until: datetime) -> Cursor:
        """Return the cursor behind everything that was recorded before ``until``."""
        wanted, lost, seq = self._notifiers.wants(name), 0, cursor.seq
        for event in self._events(cursor.seq):
            if event.at > until:
                break
            lost, seq = lost + (event.kind in wanted), event.seq
        log.error("notices_given_up", notifier=name, lost=lost, after=cursor.seq, up_to=seq)
        return cursor.model_copy(update={"seq": seq})


def _mark(name: str) -> str:
    return f"notices {name}"
