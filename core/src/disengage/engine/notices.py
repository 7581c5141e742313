"""Everybody who is told: modules that listen while it happens, and notifiers, durably, beside the work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from disengage.engine.delivery import Delivery
from disengage.engine.digest import Digests, Office
from disengage.engine.escalation import escalate
from disengage.engine.listeners import Listeners
from disengage.engine.retentiondigest import counts
from disengage.errors import DisengageError
from disengage.registry import Registry
from disengage.settings import Settings
from disengage.store import EventRecord, Store

log = structlog.get_logger("disengage.engine")

#: Seconds that telling is given when the workplace closes.
LAST_WORDS = 5.0
#: Seconds until what other processes recorded is looked for.
LOOKS_EVERY = 30.0


class Notices:
    """What is on its way to people and programs.

    Args:
        registry: The plugins.
        store: The store.
        settings: The configuration.
        now: The clock, UTC.
    """

    def __init__(self, registry: Registry, store: Store, settings: Settings, now: Callable[[], datetime]) -> None:
        self._registry, self._store, self._now = registry, store, now
        self._listeners = Listeners(registry)
        self._office = Office(settings.firm, settings.policy)
        self._over, self._late, self._news = threading.Event(), threading.Event(), threading.Event()
        self._delivery = Delivery(store, registry.notifiers, now, self._late.is_set)
        self._digests = Digests(store, registry.notifiers, self._office, partial(counts, settings, store))
        self._thread: threading.Thread | None = None

    def tell(self, events: Sequence[EventRecord]) -> None:
        """Have everybody told of what was recorded, soon; returns at once."""
        self._listeners.tell(events)
        if events:
            self._news.set()

    def deliver_due(self) -> None:
        """Do one round: escalate what is long overdue, tell every notifier what it was not told yet, send digests.

        Safe to call from any number of threads and processes; each notifier is told by one of them at a time.

        Raises:
            StoreError: The store could not be used; the next round takes it up.
        """
        notifiers = self._registry.notifiers
        if not notifiers.names and not self._registry.has_listeners():
            return
        self._listeners.tell(escalate(self._store, self._office, self._now()))
        for name in notifiers.names:
            self._delivery.catch_up(name)
            self._digests.send(name, self._now())

    def keep_delivering(self) -> None:
        """Do rounds on a thread of its own, at once when something is recorded, until ``stop_delivering``.

        What is recorded from now on is told to new notifiers, too; a store that cannot be used is tried again.
        """
        if self._thread is None and self._registry.notifiers.names:
            self._safely(self._begin)
            self._over = threading.Event()
            self._late.clear()
            self._thread = threading.Thread(target=self._run, args=(self._over,), daemon=True, name="notices")
            self._thread.start()

    def stop_delivering(self) -> None:
        """Give what waits a moment to be told, and leave the rest to whoever delivers next."""
        if self._thread is None:
            return
        thread, self._thread = self._thread, None
        self._over.set()
        self._news.set()
        thread.join(LAST_WORDS)
        self._late.set()

    def close(self) -> None:
        """Give what waits a moment to be told."""
        self.stop_delivering()
        self._listeners.close(LAST_WORDS)

    def _run(self, over: threading.Event) -> None:
        while True:
            last = over.is_set()  # asked first: what was recorded before is told in the round that follows
            self._safely(self.deliver_due)
            if last:
                return
            self._news.wait(LOOKS_EVERY)
            self._news.clear()

    def _begin(self) -> None:
        for name in self._registry.notifiers.names:
            self._delivery.begin(name)

    @staticmethod
    def _safely(do: Callable[[], None]) -> None:
        try:
            do()
        except DisengageError as error:
            log.warning("notices_held_up", reason=error.message)
        except Exception as error:  # noqa: BLE001 -- a fault here must not end the thread, and with it every notice
            log.error("notices_held_up", reason=f"a fault of disengage itself ({type(error).__name__})")
