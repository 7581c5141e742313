"""A store that is locked, or whose disk is full: work waits, nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event

import psycopg
import pytest

from tests.torture.crew import Crew, said
from tests.torture.firm import TWO, Firm, a_firm, assert_as_undisturbed, undisturbed

# --- locked


@contextmanager
def locked(firm: Firm, url: str | None) -> Iterator[None]:
    """Keep everybody else from writing."""
    if url:
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
            yield
    else:
        with closing(sqlite3.connect(firm.folder / "disengage.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield


def worked_while_locked(folder: Path, url: str | None, *, cases: int, seconds: float, patience: str) -> None:
    expected = undisturbed(folder / "undisturbed", TWO)
    with a_firm(folder / "locked", cases, TWO, store=url, faults="*:latency=50") as firm:
        firm.open_cases()
        with Crew(firm, 2 if url else 1, environment={"DISENGAGE_BUSY_TIMEOUT_MS": patience}) as crew:
            firm.until_acting()
            with locked(firm, url):
                Event().wait(seconds)
            firm.until_ended(rounds=300)
            assert set(crew.stop()) == {0}
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, 0)


def test_a_store_that_is_locked_for_longer_than_anybody_waits_is_waited_for(tmp_path: Path) -> None:
    worked_while_locked(tmp_path, None, cases=1, seconds=2, patience="400")


@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_store_that_is_locked_for_a_minute_is_waited_for(tmp_path: Path, postgres_url: str, store: str) -> None:
    url = postgres_url if store == "postgresql" else None
    worked_while_locked(tmp_path, url, cases=10, seconds=60, patience="30000")


# --- full


#: What the worker may still say while its disk is full, in bytes.
SAYS = 2**16


def with_its_log_emptied(firm: Firm) -> None:
    """Empty SQLite's write-ahead log: what is written next needs room, and finds none that was used before."""
    with closing(sqlite3.connect(firm.folder / "disengage.db", isolation_level=None)) as connection:
        for _ in range(600):
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            Event().wait(0.05)
    raise AssertionError("the store was never at rest")


class Quota:
    """No file of a process may grow any more: a full disk, as far as that process can tell."""

    def __init__(self, firm: Firm, crew: Crew) -> None:
        self._pid, self._log = crew.workers[0].pid, firm.folder / "daemon-1.log"

    def fill(self) -> None:
        most = self._log.stat().st_size + SAYS
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def make_room(self) -> None:
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Ballast:
    """A file system of a few MB without any room left."""

    def __init__(self, firm: Firm, crew: Crew) -> None:
        self._file = firm.folder.parent / "ballast"

    def fill(self) -> None:
        with suppress(OSError), self._file.open("ab", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        self._file.unlink()


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def worked_on_a_full_disk(folder: Path, kind: type[Quota | Ballast], *, cases: int) -> None:
    expected = undisturbed(folder.with_name(f"{folder.name}-undisturbed"), TWO)
    with a_firm(folder / "full", cases, TWO, faults="*:latency=50") as firm:
        firm.open_cases()
        with Crew(firm) as crew:
            disk = kind(firm, crew)
            with firm.kept_waiting("DELETE"):
                firm.until_acting()
                with_its_log_emptied(firm)
                disk.fill()
            said(crew, "store_is_down")
            seen = firm.calls()
            Event().wait(3)
            meant = firm.calls() - seen
            disk.make_room()
            said(crew, "store_is_back")
            firm.until_ended(rounds=300)
            assert set(crew.stop()) == {0}
            print(f"full at call {seen}, {meant} calls while full: {crew.first('store_is_down')}")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, 0)


def test_a_full_disk_is_waited_for_and_work_goes_on_where_it_stopped(tmp_path: Path) -> None:
    worked_on_a_full_disk(tmp_path / "disk", Quota, cases=1)


@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [Quota, *([Ballast] if os.geteuid() == 0 else [])])
def test_a_full_disk_is_waited_for_by_ten_cases(tmp_path: Path, kind: type[Quota | Ballast]) -> None:
    if kind is Quota:
        worked_on_a_full_disk(tmp_path / "disk", kind, cases=10)
        return
    with a_small_disk(tmp_path / "disk") as folder:
        worked_on_a_full_disk(folder, kind, cases=10)
