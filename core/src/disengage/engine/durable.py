"""The port to durable execution, and DBOS behind it; the only place that imports dbos.

A *segment* is one short workflow: it does the ready steps of one link, one after another, and ends. It is enqueued
under a deterministic id, at once or delayed to a date; a second enqueue of the same id is nothing. The workflow's code
is generic, the plan is data: an upgrade of a plugin or of disengage never changes what is being replayed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID

#: Fixed for ever: rows of an older version must never be stranded (see docs/adr).
APPLICATION_VERSION = "1"
QUEUE = "links"
#: Segments of one connection at a time, over all workers.
PER_CONNECTION = 4
#: Segments of one worker at a time.
PER_WORKER = 24
#: Connections to PostgreSQL for durable execution; each is used for some milliseconds at a time.
CONNECTIONS = 8
#: How often the queue is looked at, in seconds, while there is work, and while there is none.
QUICK, CALM = 0.05, 0.5
#: A segment that did so many steps is poisoned; the next wake starts another one.
MOST_STEPS = 200

#: (case, what) → the step that was done, or None where nothing is left.
Advance = Callable[[str, str], str | None]


class Durable(Protocol):
    """What the engine asks of durable execution."""

    def send(self, workflow_id: str, case: str, what: str, partition: str, at: datetime) -> None:
        """Have ``(case, what)`` advanced at ``at``; a second call with the same id is nothing."""

    def unfinished(self, workflow_ids: Iterable[str] | None = None) -> set[str]:
        """Return which of the ids are delayed, queued or running; without ids, all that are queued or running."""

    def close(self, *, patience: int = 0) -> None:
        """Stop taking work; give what runs ``patience`` seconds, and hand back the rest."""


#: A segment that ended before its time: case, what, and the error.
Fault = tuple[str, str, Exception]

_advance: Advance | None = None
_faults: list[Fault] = []
_running: set[str] = set()
_ended = threading.Event()
_ended_here: set[str] = set()


@DBOS.workflow(name="segment", max_recovery_attempts=None)
def _segment(case: str, what: str) -> int:
    """Advance one link until it waits; return how many steps were done.

    Where a link stands is kept with its case, so one durable step is enough for all of them: begun again after a
    crash, it goes on where the case stands, and every act of it was marked before it was made.
    """
    workflow_id = str(DBOS.workflow_id)
    _running.add(workflow_id)
    try:
        done: int = DBOS.run_step({"name": "advance"}, _until_it_waits, case, what)
    finally:
        _running.discard(workflow_id)
        _ended_here.add(workflow_id)
        _ended.set()
    return done


def _until_it_waits(case: str, what: str) -> int:
    assert _advance is not None, "no worker is running in this process"
    try:
        for number in range(MOST_STEPS):
            if not _advance(case, what):
                return number
    except Exception as error:
        _faults.append((case, what, error))
        raise
    return MOST_STEPS


class DbosDurable:
    """Durable execution on DBOS, in the store's own database.

    Args:
        url: SQLAlchemy URL of the database.
        engine: For SQLite, an engine with our pragmas; None on PostgreSQL.
        executor: Unique among live processes, and stable: a restarted worker takes up its own work.
        advance: What a segment does, step by step.
        traces_to: Where traces are sent, OTLP over HTTP; empty: nowhere.
    """

    def __init__(
        self, url: str, engine: sa.Engine | None, executor: str, advance: Advance, *, traces_to: str = ""
    ) -> None:
        global _advance
        _advance = advance
        config: DBOSConfig = {
            "name": "disengage",
            "system_database_url": url,
            "executor_id": executor,
            "sys_db_pool_size": CONNECTIONS,
            "application_version": APPLICATION_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "CRITICAL",  # it prints tracebacks; ``faults`` and our own errors tell instead
            "console_log_level": "CRITICAL",
            "notification_listener_polling_interval_sec": 0.5,
        }
        if traces_to:  # without, nothing of OpenTelemetry is loaded
            config |= {"enable_otlp": True, "otlp_traces_endpoints": [traces_to], "otel_attribute_format": "semconv"}
        if engine is not None:
            config["system_database_engine"] = engine
        self._dbos = DBOS(config=config)
        try:
            DBOS.launch()
            self._queue = DBOS.register_queue(
                QUEUE,
                worker_concurrency=PER_WORKER,
                partition_concurrency=PER_CONNECTION,
                partition_worker_concurrency=PER_CONNECTION,  # known without asking the database
                polling_interval_sec=QUICK,
                on_conflict="always_update",
            )
        except BaseException:
            self.close()
            raise

    def send(self, workflow_id: str, case: str, what: str, partition: str, at: datetime) -> None:
        """Enqueue one segment, delayed if ``at`` lies ahead."""
        delay = (at - datetime.now(UTC)).total_seconds()
        options: dict[str, Any] = {"queue_partition_key": partition}
        if delay > 0:
            options["delay_seconds"] = delay
        with SetWorkflowID(workflow_id), SetEnqueueOptions(**options):
            self._queue.enqueue(_segment, case, what)

    def unfinished(self, workflow_ids: Iterable[str] | None = None) -> set[str]:
        """Return the ids that have not ended."""
        ids = None if workflow_ids is None else list(workflow_ids)
        if ids == []:
            return set()
        status = ["ENQUEUED", "PENDING"] if ids is None else ["DELAYED", "ENQUEUED", "PENDING"]
        rows = DBOS.list_workflows(workflow_ids=ids, status=status, load_input=False, load_output=False)
        return {row.workflow_id for row in rows}

    def look_every(self, seconds: float) -> None:
        """Have the queue looked at so often; it is the same for all workers of the store."""
        if self._queue.polling_interval_sec != seconds:
            self._queue.set_polling_interval_sec(seconds)

    @staticmethod
    def running() -> int:
        """Return how many segments this process is working on."""
        return len(_running)

    @staticmethod
    def ended() -> set[str]:
        """Return, once, the ids of the segments whose work this process has finished."""
        found = set(_ended_here)
        _ended_here.difference_update(found)
        return found

    @staticmethod
    def faults() -> list[Fault]:
        """Return, once, what ended a segment before its time: never a platform's trouble, always ours."""
        found, _faults[:] = list(_faults), []
        return found

    def wait_for_an_end(self, seconds: float) -> None:
        """Return when a segment ended, at the latest after ``seconds``."""
        _ended.wait(seconds)
        _ended.clear()

    def orphans(self, executors: Iterable[str]) -> list[str]:
        """Return the ids of workflows that are pending under one of ``executors``."""
        rows = DBOS.list_workflows(status="PENDING", executor_id=list(executors), load_input=False, load_output=False)
        return [row.workflow_id for row in rows]

    def pending_executors(self) -> set[str]:
        """Return the executors that have pending workflows."""
        rows = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        return {row.executor_id for row in rows if row.executor_id}

    def take_over(self, workflow_ids: list[str]) -> None:
        """Resume workflows of a dead worker; whoever polls first runs them."""
        DBOS.resume_workflows(workflow_ids, queue_name=QUEUE)

    def forget_finished(self, before: datetime, most: int) -> int:
        """Forget segments that ended before a moment; return how many. Their ids are never given again.

        Args:
            before: So long they are kept: a wake that is handed over a second time has to find its segment.
            most: So many at a time.
        """
        rows = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=most,
            load_input=False,
            load_output=False,
        )
        if rows:
            DBOS.delete_workflows([row.workflow_id for row in rows])
        return len(rows)

    def close(self, *, patience: int = 0) -> None:
        """Stop; what runs is given ``patience`` seconds, and what does not finish is taken up by the next start."""
        DBOS.destroy(workflow_completion_timeout_sec=patience)
