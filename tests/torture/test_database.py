"""Workers that lose their database: it restarts, they are cut off from it, or they sleep while it forgets them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from tests.torture.crew import Crew, said, the_seed
from tests.torture.firm import TWO, Firm, a_firm, assert_as_undisturbed, undisturbed
from tests.torture.postgres import Server, Wire, a_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as made:
        yield made


@pytest.fixture
def url(server: Server, tmp_path: Path) -> Iterator[str]:
    """Give an empty database on the server that may be restarted."""
    name = re.sub(r"\W", "_", tmp_path.name)[-50:]
    server.ask(f"CREATE DATABASE {name}")
    yield server.url.replace("/postgres?", f"/{name}?")
    server.ask(f"DROP DATABASE {name} WITH (FORCE)")


# --- restarted


def restarted(folder: Path, server: Server, url: str, *, cases: int, restarts: int) -> None:
    seed = the_seed()
    rng, expected = random.Random(seed), undisturbed(folder / "undisturbed", TWO)
    with a_firm(folder / "restarted", cases, TWO, store=url, faults="*:latency=60") as firm:
        firm.open_cases()
        with Crew(firm, 3) as crew:
            firm.until_acting()
            for number in range(restarts):
                server.restart(rng.uniform(0.2, 4), at_once=bool(number % 2))
                Event().wait(rng.uniform(1, 4))
                firm.people()
            firm.until_ended(rounds=400)
            assert set(crew.stop()) == {0}
        print(f"{restarts} restarts; {crew.said().count('store_is_down')} times a worker said so")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


def test_a_database_that_restarts_loses_nothing(tmp_path: Path, server: Server, url: str) -> None:
    restarted(tmp_path, server, url, cases=1, restarts=1)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_database_that_restarts_ten_times_under_load_loses_nothing(tmp_path: Path, server: Server, url: str) -> None:
    restarted(tmp_path, server, url, cases=20, restarts=10)


# --- cut off, and suspended


@contextmanager
def two_ways(firm: Firm, server: Server, url: str) -> Iterator[tuple[Crew, Wire, Crew]]:
    """Give a crew of one that reaches its store along a wire, that wire, and a crew of none beside it."""
    with Wire(server.socket) as wire:
        straight = (firm.folder / "disengage.toml").read_text(encoding="utf-8")
        (firm.folder / "wired.toml").write_text(straight.replace(url, wire.through(url)), encoding="utf-8")
        wired = {"DISENGAGE_CONFIG": str(firm.folder / "wired.toml")}
        with Crew(firm, 1, environment=wired) as first, Crew(firm, 0) as second:
            yield first, wire, second


def cut_off(folder: Path, server: Server, url: str, *, cases: int, seconds: float) -> None:
    seed = the_seed()
    expected = undisturbed(folder / "undisturbed", TWO)
    with a_firm(folder / "cut", cases, TWO, store=url, faults="*:latency=150", seed=seed) as firm:
        firm.open_cases()
        with two_ways(firm, server, url) as (first, wire, second):
            firm.until_acting()
            wire.cut()
            at_the_cut = firm.calls()
            Event().wait(3)
            settled, changes = firm.calls(), len(firm.changing())
            Event().wait(seconds)
            assert (firm.calls(), len(firm.changing())) == (settled, changes)
            second.add()
            firm.until_ended(rounds=300)
            wire.mend()
            Event().wait(seconds)
            assert first.stop() == [0]
            assert second.stop() == [0]
        print(f"cut off: {settled - at_the_cut} calls after the cut, then none")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


def test_a_worker_cut_off_from_the_database_stops_acting_and_another_takes_over(
    tmp_path: Path, server: Server, url: str
) -> None:
    cut_off(tmp_path, server, url, cases=1, seconds=1)


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_a_worker_cut_off_for_a_while_neither_acts_nor_disturbs(tmp_path: Path, server: Server, url: str) -> None:
    cut_off(tmp_path, server, url, cases=20, seconds=20)


def suspended(folder: Path, server: Server, url: str, *, cases: int, rounds: int) -> None:
    """Suspend the worker that acts, make the server forget it, let another take over, and wake it again."""
    seed = the_seed()
    rng, expected = random.Random(seed), undisturbed(folder / "undisturbed", TWO)
    with a_firm(folder / "suspended", cases, TWO, store=url, faults="*:latency=150", seed=seed) as firm:
        firm.open_cases()
        with two_ways(firm, server, url) as (first, wire, second):
            firm.until_acting()
            second.add()
            for _ in range(rounds):
                Event().wait(rng.random())
                first.suspend(0)
                wire.cut()
                wire.mend()
                Event().wait(4 + rng.random())
                firm.people()
                first.resume(0)
                firm.people()
            firm.until_ended(rounds=300)
            assert first.stop() + second.stop() == [0, 0]
            print(f"suspended: {first.said().count('place_lost')} times a place was lost")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_worker_suspended_again_and_again_does_nothing_that_another_did(
    tmp_path: Path, server: Server, url: str
) -> None:
    suspended(tmp_path, server, url, cases=20, rounds=15)


def test_a_worker_that_wakes_in_the_middle_of_its_act_does_not_go_on_with_it(
    tmp_path: Path, server: Server, url: str
) -> None:
    """Of two integrations one is deleted when it falls asleep; another worker deletes the other one meanwhile."""
    expected = undisturbed(tmp_path / "undisturbed", TWO)
    with a_firm(tmp_path / "slept", 1, TWO, store=url, faults="banqup:late=1500x1@DELETE") as firm:
        firm.open_cases()
        with two_ways(firm, server, url) as (first, wire, second):
            firm.until_acting()
            first.suspend(0)
            wire.cut()
            wire.mend()
            second.add()
            firm.until_ended(rounds=300)
            before = firm.changing()
            first.resume(0)
            said(first, "place_lost")
            assert first.stop() + second.stop() == [0, 0]
        assert firm.changing() == before
        assert_as_undisturbed(firm, expected, 0)
