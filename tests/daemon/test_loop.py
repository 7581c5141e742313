"""The loop outlives what happens to it: faults of ours, a store that fails, a place that is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from disengage.engine.daemon import Daemon
from disengage.engine.perform import Performance
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.errors import StoreError
from disengage.settings import load
from disengage.store import Store
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work
from tests.daemon.service import until


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Desk]:
    with at_work(tmp_path, crm=TableSimulator()) as desk:
        yield desk


@contextmanager
def at_hand(desk: Desk) -> Iterator[Daemon]:
    """Give a daemon that works on a thread of this process."""
    with desk._here(), Workplace(load(), create=True) as workplace:
        daemon = Daemon(workplace)
        ended: list[BaseException | None] = []

        def run() -> None:
            try:
                daemon.run(ready.set)
            except BaseException as error:
                ended.append(error)
                raise

        ready, thread = threading.Event(), threading.Thread(target=run)
        thread.start()
        try:
            assert ready.wait(60)
            yield daemon
        finally:
            daemon.stop()
            thread.join(60)
        assert (thread.is_alive(), ended) == (False, [])


def until_imported(desk: Desk, case: str) -> None:
    def done() -> bool:
        desk.others_act()
        desk.call("retry", case)
        return bool(desk.show(case)["state"] == "closed")

    until(done)


def test_a_segment_that_ends_by_a_fault_of_ours_is_begun_again(table: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    do: Callable[[Any], Any] = Performance.do
    faults: list[Exception] = [ValueError("a fault of ours"), StoreError("The store cannot be used.")]

    def faulty(self: Performance) -> Any:
        if faults:
            raise faults.pop()
        return do(self)

    monkeypatch.setattr(Performance, "do", faulty)
    with at_hand(table):
        case = table.planned()
        until(lambda: not faults)
        until(lambda: table.stands(case)["crm.retain_history"] == ("done", None))


def test_a_store_that_fails_for_a_while_is_waited_for(table: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    unsent, failing = Store.unsent_wakes, threading.Event()
    tried = threading.Semaphore(0)

    def fails(self: Store, limit: int = 500) -> Any:
        if failing.is_set():
            tried.release()
            raise StoreError("The store cannot be used.")
        return unsent(self, limit)

    monkeypatch.setattr(Store, "unsent_wakes", fails)
    monkeypatch.setattr("disengage.engine.daemon.AT_ONCE", 1)
    with at_hand(table) as daemon:
        failing.set()
        assert all(tried.acquire(timeout=60) for _ in range(2))
        assert daemon.store_failures
        turned = daemon.last_turn
        until(lambda: daemon.last_turn > turned, "the loop turns on")
        failing.clear()
        case = table.planned()
        until(lambda: table.stands(case)["crm.retain_history"] == ("done", None))
        assert daemon.store_failures == 0


def test_a_locked_store_holds_up_the_loop_for_one_busy_timeout_only(
    table: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISENGAGE_BUSY_TIMEOUT_MS", "50")
    table.planned()
    with table._here(), Workplace(load()) as workplace, closing(sqlite3.connect(table.store)) as other:
        worker, waiting = Worker(workplace), workplace.store.unsent_wakes()
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            worker.pump()  # which has nothing to hand wakes to: it is not even asked
        assert workplace.store.unsent_wakes() == waiting != []


def test_a_server_that_drops_every_connection_loses_nothing(tmp_path: Path, postgres_url: str) -> None:
    with at_work(tmp_path, crm=TableSimulator()) as desk:
        desk.set_up(store=postgres_url)
        with at_hand(desk) as daemon, Store.open(postgres_url, tmp_path) as other:
            place, worker = daemon.place, daemon._worker
            with psycopg.connect(postgres_url, autocommit=True) as admin:
                mine = "pid <> pg_backend_pid() AND datname = current_database()"
                admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")
            until(lambda: daemon._worker is not worker, "the loss of the place is seen")
            case = desk.planned()
            until(lambda: desk.stands(case)["crm.retain_history"] == ("done", None))
            with other.dead(place) as free:
                assert (daemon.place, free) == (place, False)
            until_imported(desk, case)


def test_a_worker_that_leaves_begins_no_step_and_hands_back_what_it_was_to_do(table: Desk) -> None:
    case = table.planned()
    with table._here(), Workplace(load()) as workplace:
        workplace.store.sent(workplace.store.unsent_wakes())
        worker = Worker(workplace)
        worker._stop.set()
        assert worker.advance(case, "crm") is None
        assert [(wake.case, wake.what) for wake in workplace.store.unsent_wakes()] == [(case, "crm")]
    assert {step["attempts"] for step in table.show(case)["steps"]} == {0}


def test_it_stops_while_the_store_cannot_be_used(table: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def fails(self: Store, limit: int = 500) -> Any:
        tried.set()
        raise StoreError("The store cannot be used.")

    with at_hand(table):
        monkeypatch.setattr(Store, "unsent_wakes", fails)
        assert tried.wait(60)
