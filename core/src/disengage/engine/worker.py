"""Do all that is ready: hand wakes from the store to durable execution, and know when everything waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from math import ceil
from types import TracebackType
from zlib import crc32

import structlog

from disengage.domain import gate, progress
from disengage.domain.case import Case
from disengage.engine.destroying import DESTROY, look_after
from disengage.engine.durable import DbosDurable, Fault
from disengage.engine.keeping import AHEAD, REVIEW, WATCH, gate_address, keep
from disengage.engine.perform import Performance
from disengage.engine.review import look_ahead, open_gate, review
from disengage.engine.watch import watch
from disengage.engine.workplace import Workplace
from disengage.http.fence import fenced
from disengage.store import Wake

log = structlog.get_logger("disengage.engine")

#: ``run`` stays for what is due so soon instead of ending and being called again.
STAYS_FOR = timedelta(seconds=15)
#: What is due so soon is not handed over before it is due.
IN_A_MOMENT = timedelta(seconds=2)
#: Wakes looked at in one go.
MOST_WAKES = 100_000
#: Seconds that running steps are given when the worker leaves.
PATIENCE = 5
#: How often the store is asked which segments others finished.
ASKS_SECONDS = 0.5
#: Reviews and gates are spread over so many partitions.
GROUPS = 6
#: So many cases are kept in memory while they are worked on.
AT_HAND = 500
#: So long durable execution remembers a segment that ended.
REMEMBERED_FOR = timedelta(days=30)
#: Who finds a link held by somebody else looks again after growing pauses, in seconds.
HELD_PAUSES = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0)
#: How often another worker's death is looked for.
WATCH_SECONDS = 2.0


class Worker:
    """One process that does the work of a store. Use it as a context manager.

    Args:
        workplace: The workplace.
        patience: Seconds that running steps are given when the worker leaves.
        traces_to: Where traces are sent, OTLP over HTTP; empty: nowhere.
    """

    def __init__(self, workplace: Workplace, *, patience: float = PATIENCE, traces_to: str = "") -> None:
        self.workplace, self._patience, self._traces_to = workplace, patience, traces_to
        self._in_hand: set[str] = set()
        self._ended: set[str] = set()
        self._found_held: dict[tuple[str, str], int] = {}
        self._asks_again = 0.0
        self._stop = threading.Event()

    def __enter__(self) -> Worker:
        """Take a place among the workers and take up what an earlier process of this place left.

        Raises:
            StoreError: Another process works on this SQLite store, or the store cannot be used.
        """
        store = self.workplace.store
        self._place = store.take_place()
        store.keep_at_hand(AT_HAND)
        try:
            with store.border():
                self._durable = DbosDurable(
                    store.address,
                    store.engine_of_its_own(),
                    self._place.name,
                    self.advance,
                    traces_to=self._traces_to,
                )
                self._in_hand |= self._durable.unfinished()
        except BaseException:
            self._place.leave()
            raise
        if store.dialect == "postgresql":
            threading.Thread(target=self._watch, daemon=True, name="watchdog").start()
        self.workplace.notices.keep_delivering()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let running steps finish, hand back the rest, and give the place back."""
        self._stop.set()
        self._durable.close(patience=ceil(self._patience) if self._durable.running() else 0)
        self.workplace.notices.stop_delivering()
        self._place.leave()

    # --- one segment's step

    def advance(self, case_id: str, what: str) -> str | None:
        """Do one step of a link, or ask the review or the gate of a case.

        Safe to call again after a crash. Only one process at a time works on a link; another one that comes while it
        is held looks again a little later.
        """
        workplace = self.workplace
        if self._stop.is_set():
            workplace.store.wake_now(case_id, what, workplace.now())  # whoever works next takes it up
            return None
        with workplace.store.hold(f"{case_id}/{_held_as(what)}") as held:
            if not held:
                self._look_again_later(case_id, what)
                return None
            self._found_held.pop((case_id, what), None)
            with fenced(held.keep):
                return self._advance_held(case_id, what)

    def _look_again_later(self, case_id: str, what: str) -> None:
        """Ask to be woken again; whoever holds the link for long is asked after less and less often."""
        times = self._found_held.get((case_id, what), 0)
        self._found_held[case_id, what] = times + 1
        pause = HELD_PAUSES[min(times, len(HELD_PAUSES) - 1)]
        self.workplace.store.wake_now(case_id, what, _on_the_grid(self.workplace.now(), pause))

    def _advance_held(self, case_id: str, what: str) -> str | None:
        workplace = self.workplace
        if what == REVIEW:
            review(workplace, case_id)
        elif what == AHEAD:
            look_ahead(workplace, case_id)
        elif what == WATCH:
            watch(workplace, case_id)
        elif what == DESTROY:
            look_after(workplace, case_id)
        elif what.startswith("@gate:"):
            open_gate(workplace, case_id, what.partition(":")[2])
        elif what.startswith("@look:"):
            Performance(workplace, case_id, what.partition(":")[2]).look()
        else:
            return Performance(workplace, case_id, what).do()
        return None

    # --- the pump

    def pump(self, cases: Collection[str] | None = None, most: int = MOST_WAKES) -> int:
        """Send what the store wants woken; return how many are in hand or about to be.

        Wakes of one link that have come due are one; what is due in a moment is kept until then, since durable
        execution promotes delayed rows only once a second.

        Args:
            cases: Only these; None: all.
            most: So many are looked at; who has other things to do comes back for the rest.
        """
        now = self.workplace.now()
        unsent = self.workplace.store.unsent_wakes(limit=most)
        wakes = [wake for wake in unsent if cases is None or wake.case in cases]
        ready = [wake for wake in wakes if wake.at <= now or wake.at > now + IN_A_MOMENT]
        chosen = {(wake.case, wake.what, max(wake.at, now)): wake for wake in ready}
        if chosen:
            self.workplace.store.try_writing()  # durable execution would wait for a locked store without end
        for wake in chosen.values():
            self._send(wake, now)
        self.workplace.store.sent(ready)
        return len(wakes)

    def _send(self, wake: Wake, now: datetime) -> None:
        workflow_id = f"{wake.case}/{wake.what}/{wake.number}"
        self._durable.send(workflow_id, wake.case, wake.what, self._partition(wake), wake.at)
        if wake.at <= now + STAYS_FOR:
            self._in_hand.add(workflow_id)

    @staticmethod
    def _partition(wake: Wake) -> str:
        """One partition a connection; reviews and gates are spread over a few, since each costs every poll a look."""
        if wake.what.startswith("@"):
            return f"@{crc32(wake.case.encode()) % GROUPS}"
        return wake.what.partition("#")[0].partition(".")[0]

    def kick(self, cases: Collection[str]) -> None:
        """Wake everything of these cases that could go on now, whoever should have done it."""
        for case_id in cases:
            case, now = self.workplace.store.case(case_id), self.workplace.now()
            if progress.settle(case, now).case == case and not _due(case, now):
                continue
            with self.workplace.store.change(case_id) as work:
                settled = keep(work, work.case, now).case
                for what in _due(settled, now):
                    work.wake(what, now)

    def run(self, cases: Collection[str] | None, progress_made: Callable[[], None] = lambda: None) -> None:
        """Do all that is ready for these cases, until everything is finished or waits for more than a moment.

        Args:
            cases: Only these; None: all, closed ones that are watched included.
            progress_made: Called whenever something may have changed.

        Raises:
            StoreError: The store could not be used for a step; the others went on, and the next run takes it up.
        """
        if cases is None:
            self._in_hand |= self._durable.unfinished()
        self.kick(self.workplace.store.case_ids(unfinished=True) if cases is None else cases)
        while True:
            busy = self._busy()  # asked first: what ends now has written its wakes, and the pump sees them
            sent = self.pump(cases)
            progress_made()
            if not sent and not busy:
                break
            self._durable.wait_for_an_end(0.05)
        progress_made()
        for _, _, error in self._durable.faults():
            raise error

    # --- for one that stays

    def wait(self, seconds: float) -> None:
        """Return when a segment ended here, at the latest after ``seconds``."""
        self._durable.wait_for_an_end(seconds)

    def let_go(self) -> list[Fault]:
        """Forget which segments were sent, as one who stays has to; return what ended before its time."""
        self._in_hand.clear()
        self._ended.clear()
        self._durable.ended()
        return self._durable.faults()

    def look_every(self, seconds: float) -> None:
        """Have the queue looked at so often, by all workers of the store."""
        self._durable.look_every(seconds)

    def anything_queued(self) -> bool:
        """Return whether anything is queued or running, at any worker of the store."""
        return bool(self._durable.unfinished())

    def forget_finished(self, most: int) -> int:
        """Forget what was finished long ago, as far as durable execution remembers it; return how many segments.

        Cases, steps, evidence and events stay: they are the store's.
        """
        return self._durable.forget_finished(self.workplace.now() - REMEMBERED_FOR, most)

    @property
    def running(self) -> int:
        """How many segments run in this process."""
        return self._durable.running()

    @property
    def place(self) -> str:
        """The name of its place: no other live process has it."""
        return self._place.name

    def has_its_place(self) -> bool:
        """Return whether the place is still this worker's; a lost connection to PostgreSQL loses it."""
        return self._place.is_ours()

    def _busy(self) -> bool:
        """Return whether a segment that was sent runs, or is due in a moment.

        What this process finished it knows by itself; the store is asked now and then for what others did, and in
        the end whether everything is written down.
        """
        self._ended |= self._durable.ended()
        if self._in_hand <= self._ended or time.monotonic() >= self._asks_again:
            self._in_hand = self._durable.unfinished(self._in_hand)
            self._ended &= self._in_hand
            self._asks_again = time.monotonic() + ASKS_SECONDS
        return bool(self._in_hand)

    # --- taking over from the dead

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            others = self._durable.pending_executors() - {self._place.name}
            for executor in others:
                with self.workplace.store.dead(executor) as dead:
                    if dead:
                        self._take_over(executor)

    def _take_over(self, executor: str) -> None:
        orphans = self._durable.orphans([executor])
        if orphans:
            log.warning("worker_died", executor=executor, taken_over=len(orphans))
            self._durable.take_over(orphans)


def _held_as(what: str) -> str:
    """Return what is held while ``what`` is worked on: a link, or the case's gate as a whole."""
    address, _, link = what.partition(":")
    return link if address == "@look" else address


def _on_the_grid(now: datetime, pause: float) -> datetime:
    """Return a moment ``pause`` seconds ahead or a little later, on a grid: all who come too early are woken as one."""
    grid = timedelta(milliseconds=200)
    return now - timedelta(microseconds=now.microsecond % 200_000) + grid + timedelta(seconds=pause)


def _due(case: Case, now: datetime) -> list[str]:
    """Return every outbox address of a case at which something could happen now."""
    if case.over or not case.approved:
        return []
    if not case.reviewed:
        return [REVIEW]
    waiting = {step.connection for step in case.steps if progress.waits_for(case, step, now) == "gate"}
    gates = [gate_address(connection) for connection in gate.asked_for(case, waiting)]
    links = [link.id for link in case.links if progress.next_step(case, link.id, now)]
    looks = [f"@look:{link.id}" for link in case.links if _by_hand(case, link.id)]
    return [*links, *looks, *gates]


def _by_hand(case: Case, link_id: str) -> bool:
    """Return whether a person may have done a step of this link without saying so."""
    return any(case.open_task(step.id) and step.moves for step in case.steps_of(link_id))
