"""Tell modules what was recorded, beside the work: nobody who listens can hold a step back."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from disengage.registry import Registry
from disengage.store import EventRecord

log = structlog.get_logger("disengage.engine")

#: Events that may wait to be told; what comes on top is left out, and the log says so.
MOST_WAITING = 10_000


class Listeners:
    """Events on their way to the modules' ``on_event``, one after another, on a thread of their own.

    Args:
        registry: The plugins.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting: queue.Queue[Mapping[str, Any] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def tell(self, events: Iterable[EventRecord]) -> None:
        """Have the modules told, soon; returns at once."""
        if not self._registry.has_listeners():
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True, name="listeners")
            self._thread.start()
        for event in events:
            try:
                self._waiting.put_nowait(_as_json(event))
            except queue.Full:
                log.warning("notification_left_out", seq=event.seq)

    def close(self, patience: float) -> None:
        """Give what waits ``patience`` seconds to be told."""
        if self._thread is not None:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=patience)
            self._thread.join(patience)

    def _run(self) -> None:
        while (event := self._waiting.get()) is not None:
            for error in self._registry.tell(event):
                log.warning("notification_failed", reason=error.message)


def _as_json(event: EventRecord) -> Mapping[str, Any]:
    return {
        "seq": event.seq,
        "case": event.case,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "actor": event.actor,
        "payload": event.payload,
    }
