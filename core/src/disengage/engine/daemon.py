"""The worker that stays: it does what is due, sees what others write into the store, and outlives its database.

The loop hands over what is due, twice a second at least; what people do with other commands is a row in the store, and
found so. Whatever the database does, the loop turns: where it fails, it is tried again after growing pauses.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from disengage.engine.again import Again
from disengage.engine.durable import CALM, QUICK
from disengage.engine.duties import Duty, Rota
from disengage.engine.seeking import seek_all, seek_missed
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.errors import StoreError

log = structlog.get_logger("disengage.engine")

#: Longest the loop sleeps: so soon it sees what another process wrote, and that it is to stop.
NAP = 0.5
#: How long it sleeps where something is due in a moment.
SHORT_NAP = 0.1
#: Wakes handed over in one turn: each takes some milliseconds, and the loop has to turn.
AT_ONCE = 200
#: Pauses while the store cannot be used, by how often that failed in a row.
STORE_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
#: Between two looks whether there is anything to do at all, and whether the place is still ours.
LOOKS_AROUND = 5.0
#: What is overdue when durable execution starts is queued within this time.
PROMOTED_WITHIN = 1.5
#: Between two looks for cases that could go on and that nothing wakes.
SEEKS_MISSED = 60.0
#: Between two looks at every unfinished case; tasks that people did without saying so are found then.
SEEKS_ALL = 6 * 3600.0
#: Between two times that durable execution forgets what was finished long ago; so many rows in one
#: transaction, and seconds between two of them.
TIDIES, TIDIED_AT_ONCE, TIDY_PAUSE = 24 * 3600.0, 500, 0.2


class Stopped(Exception):  # noqa: N818 -- not an error
    """It was told to stop in the middle of ``once``."""


class Daemon:
    """One process that works on a store until it is told to stop.

    Args:
        workplace: The workplace.
        turned: Called at every turn of the loop: at least every half second, unless the store holds it up.

    Attributes:
        rota: All duties; others may be added before it begins.
        stopping: Whether it was told to stop.
        last_turn: When the loop last turned, on the monotonic clock.
        store_failures: How often in a row the store could not be used.
    """

    def __init__(self, workplace: Workplace, turned: Callable[[], None] = lambda: None) -> None:
        self.workplace, self._turned = workplace, turned
        own = [("missed", SEEKS_MISSED, self._missed), ("all", SEEKS_ALL, self._all), ("tidy", TIDIES, self._tidy)]
        self.rota = Rota([Duty(*duty) for duty in own])
        self.last_turn, self.store_failures = time.monotonic(), 0
        self._worker: Worker | None = None
        self._again = Again()
        self.stopping = False
        self._looks_around, self._quick = 0.0, True
        self._store_failed_at = 0.0

    @property
    def running(self) -> int:
        """How many segments run in this process."""
        return self._worker.running if self._worker else 0

    @property
    def place(self) -> str:
        """The name of this process's place among the workers; empty before it has one."""
        return self._worker.place if self._worker else ""

    # --- its life

    def stop(self) -> None:
        """Have the loop end soon. May be called by a signal's handler."""
        self.stopping = True

    def once(self, ready: Callable[[], None] = lambda: None) -> None:
        """Do all that is due, and every duty once.

        Args:
            ready: Called once it works.

        Raises:
            Stopped: It was told to stop.
            StoreError: The store cannot be used, or another process works on it.
        """
        with self._a_worker() as self._worker:
            ready()
            self._sleep(PROMOTED_WITHIN)
            self._worker.run(None, self._turn_or_stop)
            self.rota.once()
            self._worker.run(None, self._turn_or_stop)

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until ``stop``.

        Args:
            ready: Called once it works.

        Raises:
            StoreError: The store cannot be used at the start, or another process works on it.
        """
        while not self.stopping:
            try:
                with self._a_worker() as worker:
                    first, self._worker = self._worker is None, worker
                    self._store_works()
                    if first:
                        self._begin(ready)
                    self._loop(worker)
                    self.rota.over.set() if self.stopping else log.error("place_lost")
            except StoreError as error:
                if self._worker is None:
                    raise
                self._store_fails(error)
        self.rota.end(self._patience)

    @property
    def _patience(self) -> float:
        return self.workplace.settings.daemon.stop_seconds

    def _a_worker(self) -> Worker:
        traces_to = self.workplace.settings.daemon.otlp_endpoint
        return Worker(self.workplace, patience=self._patience, traces_to=traces_to)

    def _begin(self, ready: Callable[[], None]) -> None:
        self._turn()
        ready()
        self.rota.begin()

    def _loop(self, worker: Worker) -> None:
        """Turn until it is to stop, or until this worker's place is lost."""
        while not self.stopping:
            self._turn()
            try:
                with self.workplace.store.border():
                    nap = self._work(worker)
                    if not self._look_around(worker):
                        return
            except StoreError as error:
                self._store_fails(error)
            else:
                self._store_works()
                worker.wait(nap)

    # --- one turn

    def _turn(self) -> None:
        self.last_turn = time.monotonic()
        self._turned()

    def _turn_or_stop(self) -> None:
        self._turn()
        if self.stopping:
            raise Stopped

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            self._turn()
            time.sleep(max(0.0, min(NAP, until - time.monotonic())))

    def _work(self, worker: Worker) -> float:
        """Hand over what is due; return how long to sleep."""
        for fault in worker.let_go():
            self._again.note(fault)
        self._again.wake(self.workplace.store, self.workplace.now())
        sent = worker.pump(most=AT_ONCE)
        if sent and not self._quick:
            worker.look_every(QUICK)
            self._quick = True
        return 0 if sent == AT_ONCE else SHORT_NAP if sent else NAP

    def _look_around(self, worker: Worker) -> bool:
        """Now and then, slow down where nothing is queued; return whether this worker still has its place."""
        if time.monotonic() < self._looks_around:
            return True
        self._looks_around = time.monotonic() + LOOKS_AROUND
        self._quick = worker.anything_queued()
        worker.look_every(QUICK if self._quick else CALM)
        return worker.has_its_place()

    # --- a store that cannot be used

    def _store_fails(self, error: StoreError) -> None:
        pause = STORE_PAUSES[min(self.store_failures, len(STORE_PAUSES) - 1)]
        if not self.store_failures:
            self._store_failed_at = time.monotonic()
            log.error("store_is_down", reason=error.message)
        self.store_failures += 1
        self._looks_around = 0.0
        self._sleep(pause)

    def _store_works(self) -> None:
        if self.store_failures:
            log.warning("store_is_back", seconds=round(time.monotonic() - self._store_failed_at))
        self.store_failures = 0

    # --- its own duties

    def _missed(self) -> None:
        if self._worker:
            seek_missed(self.workplace, self._worker, self.rota.over)

    def _all(self) -> None:
        if self._worker:
            seek_all(self.workplace, self._worker, self.rota.over)

    def _tidy(self) -> None:
        while self._worker and not self.rota.over.wait(TIDY_PAUSE):
            if self._worker.forget_finished(TIDIED_AT_ONCE) < TIDIED_AT_ONCE:
                return
