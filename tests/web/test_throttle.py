"""Pauses between attempts to sign in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage.errors import ThrottledError
from disengage.sections import WebSettings
from disengage.store import Store
from disengage.web.access import throttle
from disengage.web.access.throttle import FREE_BY_ADDRESS, FREE_BY_NAME, LONGEST, pause_after

HOME, CAFE, AWAY = "192.0.2.7", "198.51.100.1", "203.0.113.9"


@dataclass
class Web:
    web: WebSettings = field(default_factory=WebSettings)


@dataclass
class Door:
    """What of a workplace sign-in looks at, with a clock that stands still until it is moved."""

    store: Store
    time: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    settings: Web = field(default_factory=Web)

    def now(self) -> datetime:
        return self.time

    def wait(self, **much: float) -> None:
        self.time += timedelta(**much)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Any]:
    with Store.open(f"sqlite:///{tmp_path}/disengage.db", tmp_path, create=True) as store:
        yield Door(store)


def fail(door: Any, times: int, name: str = "kari", address: str = HOME) -> None:
    for _ in range(times):
        throttle.check(door, name, address)
        throttle.failed(door, name, address)


def pause(door: Any, name: str = "kari", address: str = HOME) -> int:
    """Return the seconds until the next attempt is looked at."""
    try:
        throttle.check(door, name, address)
    except ThrottledError as refused:
        return refused.retry_after
    return 0


def test_a_few_failures_go_without_a_pause_and_then_pauses_grow(door: Any) -> None:
    fail(door, FREE_BY_NAME)
    seen = []
    for _ in range(10):
        seen.append(pause(door))
        door.wait(seconds=seen[-1])
        fail(door, 1)
    assert seen == [5, 10, 20, 40, 80, 160, 320, 640, LONGEST, LONGEST]


def test_nobody_is_locked_out_for_good(door: Any) -> None:
    for _ in range(200):
        door.wait(seconds=LONGEST)
        fail(door, 1, address=AWAY)
    door.wait(seconds=LONGEST)
    assert pause(door) == 0


def test_an_attempt_in_a_pause_does_not_make_it_longer(door: Any) -> None:
    fail(door, FREE_BY_NAME)
    assert [pause(door) for _ in range(5)] == [5] * 5


def test_a_name_is_counted_wherever_the_attempts_come_from_and_however_it_is_written(door: Any) -> None:
    for number, name in enumerate(["kari", "KARI", " kari ", "Kari", "kari"]):
        fail(door, 1, name=name, address=f"198.51.100.{number}")
    assert (pause(door, "kari", AWAY), pause(door, "ola", AWAY)) == (5, 0)


def test_an_address_is_counted_whatever_the_names(door: Any) -> None:
    for number in range(FREE_BY_ADDRESS):
        fail(door, 1, name=f"name-{number}", address=AWAY)
    assert (pause(door, "another", AWAY), pause(door, "another", CAFE)) == (5, 0)


def test_an_attacker_with_a_network_of_addresses_of_one_house_is_one_attacker(door: Any) -> None:
    for number in range(FREE_BY_ADDRESS):
        fail(door, 1, name=f"name-{number}", address=f"2001:db8:1:2::{number + 1:x}")
    assert (pause(door, "x", "2001:db8:1:2:ffff::1"), pause(door, "x", "2001:db8:1:3::1")) == (5, 0)


def test_strangers_cannot_keep_somebody_out_of_where_they_usually_come_from(door: Any) -> None:
    throttle.check(door, "kari", HOME)
    throttle.succeeded(door, "kari", HOME)
    fail(door, FREE_BY_NAME, address=AWAY)
    assert (pause(door, address=CAFE), pause(door, address=HOME)) == (5, 0)
    fail(door, FREE_BY_NAME - 1, address=HOME)
    assert pause(door, address=HOME) == 5


def test_whoever_comes_in_starts_anew_and_an_attacker_with_an_account_does_not(door: Any) -> None:
    fail(door, FREE_BY_NAME - 1)
    throttle.check(door, "kari", HOME)
    throttle.succeeded(door, "kari", HOME)
    fail(door, FREE_BY_NAME)
    assert pause(door) == 5
    fail(door, FREE_BY_NAME, name="ola", address=AWAY)
    throttle.check(door, "mallory", AWAY)
    throttle.succeeded(door, "mallory", AWAY)
    assert pause(door, "ola", AWAY) == 5


def test_failures_are_forgotten_after_a_day(door: Any) -> None:
    fail(door, FREE_BY_NAME)
    door.wait(hours=24, seconds=1)
    assert pause(door) == 0
    throttle.failed(door, "kari", HOME)
    assert attempts(door) == 1


def test_a_proxy_is_not_taken_for_a_client(door: Any) -> None:
    door.settings = Web(WebSettings(base_url="https://firm.example"))
    for number in range(FREE_BY_ADDRESS * 2):
        fail(door, 1, name=f"name-{number}", address="127.0.0.1")
    assert pause(door, "another", "127.0.0.1") == 0
    fail(door, FREE_BY_NAME - 1, name="another", address="127.0.0.1")
    assert pause(door, "another", "127.0.0.1") == 5


def test_many_attempts_at_once_are_no_more_than_one_after_the_other(door: Any) -> None:
    passed: list[int] = []

    def attempt() -> None:
        passed.append(pause(door))

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [0] * FREE_BY_NAME + [5] * (20 - FREE_BY_NAME)


def test_neither_name_nor_address_stands_in_the_store(door: Any) -> None:
    fail(door, 2, name="kari.nordmann", address=HOME)
    throttle.check(door, "kari.nordmann", HOME)
    throttle.succeeded(door, "kari.nordmann", HOME)
    kept = b"".join(file.read_bytes() for file in door.store.path.parent.glob("disengage.db*"))
    assert b"kari" not in kept
    assert HOME.encode() not in kept


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 5), (6, 10), (12, 640), (13, 900), (9999, 900)])
def test_the_pause_after_so_many_failures(failures: int, seconds: int) -> None:
    assert pause_after(failures, FREE_BY_NAME) == seconds


def attempts(door: Any) -> int:
    with door.store.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM sign_in_attempts").scalar_one())
