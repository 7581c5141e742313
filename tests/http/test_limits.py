from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from disengage.connector import Rate
from disengage.errors import ConfigurationError, RetryableError, StoreError
from disengage.http import MemoryLimiter, limiter_for
from disengage.http.limits import SharedLimiter
from disengage.http.time_left import within

WORKER = Path(__file__).with_name("limited_worker.py")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def most_in(moments: list[float], seconds: float) -> int:
    """Return the largest number of moments in any window of that length."""
    moments = sorted(moments)
    return max(sum(start <= moment < start + seconds for moment in moments) for start in moments)


@pytest.fixture
def file(tmp_path):
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, file):
    if request.param == "sqlite":
        return "sqlite:///store.db", file
    return request.getfixturevalue("postgres_url"), file


@pytest.mark.parametrize(
    ("rates", "calls", "expected"),
    [
        ([Rate(calls=2, seconds=1)], 5, [0.0, 0.0, 1.05, 1.05, 2.1]),
        ([Rate(calls=1, seconds=0.5), Rate(calls=3, seconds=10)], 4, [0.0, 0.55, 1.1, 10.05]),
        ([], 3, [0.0, 0.0, 0.0]),
    ],
)
def test_calls_are_spread_as_the_rates_allow(rates, calls, expected):
    time = Time()
    limiter = MemoryLimiter(clock=time, sleep=time.sleep)
    made = []
    for _ in range(calls):
        limiter.wait("key", rates)
        made.append(round(time.now - 1000.0, 2))
    assert made == expected


def test_keys_do_not_hold_each_other():
    time = Time()
    limiter = MemoryLimiter(clock=time, sleep=time.sleep)
    for key in ("a", "b", "c"):
        limiter.wait(key, [Rate(calls=1, seconds=60)])
    assert time.now == 1000.0


def test_a_wait_that_is_too_long_is_left_to_the_engine_and_books_nothing():
    time = Time()
    limiter = MemoryLimiter(clock=time, sleep=time.sleep, longest_wait=30)
    rates = [Rate(calls=1, seconds=60)]
    limiter.wait("key", rates)
    for _ in range(3):
        with pytest.raises(RetryableError) as caught:
            limiter.wait("key", rates)
        assert caught.value.retry_after == 60.051
    time.sleep(61)
    limiter.wait("key", rates)


def test_a_wait_beyond_the_callers_own_time_is_left_to_the_engine_and_books_nothing():
    time = Time()
    limiter = MemoryLimiter(clock=time, sleep=time.sleep, longest_wait=90)
    rates = [Rate(calls=1, seconds=20)]
    limiter.wait("a", rates)
    with within(10), pytest.raises(RetryableError) as caught:
        limiter.wait("a", rates)
    assert (round(caught.value.retry_after, 2), time.now) == (20.05, 1000.0)
    limiter.wait("a", rates)
    assert time.now == pytest.approx(1020.05)


def test_waiting_is_done_in_short_naps():
    time, naps = Time(), []
    limiter = MemoryLimiter(clock=time, sleep=lambda seconds: naps.append(seconds) or time.sleep(seconds))
    for _ in range(2):
        limiter.wait("key", [Rate(calls=1, seconds=2)])
    assert max(naps) <= 0.25
    assert round(sum(naps), 2) == 2.05


def test_threads_share_the_limit_in_memory():
    limiter = MemoryLimiter()
    made: list[float] = []

    def call(_: int) -> None:
        limiter.wait("key", [Rate(calls=5, seconds=0.1)])
        made.append(monotonic())

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(call, range(20)))
    assert len(made) == 20
    assert most_in(made, 0.1) <= 5


def test_three_processes_with_four_threads_share_the_limit_of_one_store(store):
    url, folder = store
    command = [sys.executable, str(WORKER), url, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(3)]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    made = [float(line) for output in outputs for line in output.split()]
    assert len(made) == 36
    assert most_in(made, 0.2) <= 4


def booked(url: str, folder: Path) -> int:
    sql = "SELECT count(*) FROM ratelimit_calls"
    if url.startswith("sqlite"):
        connection = sqlite3.connect(folder / "store.db")
        try:
            return connection.execute(sql).fetchone()[0]
        finally:
            connection.close()
    with psycopg.connect(url) as postgres:
        return postgres.execute(sql).fetchone()[0]


def write(url: str, folder: Path, sql: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(folder / "store.db")
        connection.execute(sql)
        connection.commit()
        connection.close()
    else:
        with psycopg.connect(url) as postgres:
            postgres.execute(sql)


@pytest.mark.parametrize(
    "values",
    [
        "('another key', 1000, 2000)",  # long over
        "('key', 99999999999999, 99999999999999)",  # of a clock that was set back
    ],
)
def test_bookings_that_count_no_more_are_forgotten(store, values):
    limiter, rates = limiter_for(*store), [Rate(calls=1, seconds=0.001)]
    limiter.wait("key", rates)
    write(*store, "DELETE FROM ratelimit_calls")
    write(*store, f"INSERT INTO ratelimit_calls VALUES {values}")
    limiter.wait("key", rates)
    limiter.close()
    assert booked(*store) == 1


def test_closing_twice_is_nothing_and_waiting_opens_again(store):
    limiter = limiter_for(*store)
    limiter.close()
    limiter.wait("key", [Rate(calls=10, seconds=0.001)])
    limiter.close()
    limiter.close()
    limiter.wait("key", [Rate(calls=10, seconds=0.001)])
    limiter.close()


def test_without_rates_the_store_is_not_even_opened(tmp_path):
    limiter_for("sqlite:///missing.db", tmp_path).wait("key", ())
    limiter_for("postgresql://nobody@127.0.0.1:1/none", tmp_path).wait("key", ())


def test_a_store_that_is_missing_is_named_as_such_and_not_made(tmp_path):
    limiter = limiter_for("sqlite:///missing.db", tmp_path)
    with pytest.raises(StoreError):
        limiter.wait("key", [Rate(calls=1, seconds=1)])
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_cannot_be_reached_is_a_store_error_without_its_user(tmp_path):
    limiter = limiter_for("postgresql://kari:password@127.0.0.1:1/none", tmp_path)
    with pytest.raises(StoreError) as caught:
        limiter.wait("key", [Rate(calls=1, seconds=1)])
    assert not {"kari", "password"} & set(str(caught.value).replace(":", " ").split())


def test_a_connection_that_the_server_dropped_is_opened_again(postgres_url, tmp_path):
    limiter = limiter_for(postgres_url, tmp_path)
    limiter.wait("dropped", [Rate(calls=10, seconds=0.001)])
    with psycopg.connect(postgres_url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
    limiter.wait("dropped", [Rate(calls=10, seconds=0.001)])
    limiter.close()


def test_an_error_while_booking_books_nothing_and_leaves_the_store_usable(file):
    limiter = limiter_for("sqlite:///store.db", file)
    assert isinstance(limiter, SharedLimiter)

    def fail() -> None:
        with limiter._ledger.page("key", 1000) as page:
            page.book(page.now, page.now + 60_000)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    limiter.wait("key", [Rate(calls=1, seconds=60)])
    limiter.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_has_its_limits_in_memory(url, tmp_path):
    assert isinstance(limiter_for(url, tmp_path), MemoryLimiter)


def test_an_absolute_path_counts_from_nowhere(tmp_path, file):
    limiter = limiter_for(f"sqlite:///{file / 'store.db'}", tmp_path / "elsewhere")
    limiter.wait("key", [Rate(calls=1, seconds=1)])
    limiter.close()
    assert booked("sqlite:", file) == 1


def test_another_kind_of_store_is_refused(tmp_path):
    with pytest.raises(ConfigurationError):
        limiter_for("mysql://host/db", tmp_path)


def test_the_stores_own_writes_go_on_beside_the_limits(file):
    limiter = limiter_for("sqlite:///store.db", file)
    other = sqlite3.connect(file / "store.db", check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = threading.Thread(target=limiter.wait, args=("key", [Rate(calls=1, seconds=1)]))
    waiting.start()
    other.execute("CREATE TABLE cases (name TEXT)")
    other.execute("COMMIT")
    waiting.join(30)
    assert not waiting.is_alive()
    assert other.execute("SELECT count(*) FROM cases").fetchone() == (0,)
    other.close()
    limiter.close()
