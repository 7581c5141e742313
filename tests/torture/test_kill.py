"""Workers killed at any instant, again and again: every wanted change is made exactly once."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from tests.torture.crew import Crew, Killer, said, the_seed
from tests.torture.firm import ALL, TWO, a_firm, assert_as_undisturbed, undisturbed

#: Workers by the kind of store.
WORKERS = {"sqlite": 1, "postgresql": 3}
#: So many cases are opened at a time: workers that are killed again every few seconds go on slowly with more, since
#: what they reserved of the platforms' limits stays reserved.
AT_A_TIME = 10
#: Seconds between two kills.
Pause = tuple[float, float]
SOON: Pause = (0.0, 0.6)
LATER: Pause = (0.5, 10.0)


def killed(
    folder: Path, store: str, url: str | None, *, cases: int, kills: int, pause: Pause, only: Sequence[str]
) -> None:
    """Kill workers ``kills`` times while ``cases`` cases are worked on, and see how they end."""
    seed = the_seed()
    rng, expected = random.Random(seed), undisturbed(folder / "undisturbed", only)
    with a_firm(folder / "killed", cases, only, store=url, faults="*:latency=60", seed=seed) as firm:
        struck = 0
        with Crew(firm, WORKERS[store]) as crew:
            while len(firm.cases) < cases:
                firm.open_cases(AT_A_TIME)
                with Killer(crew, kills * AT_A_TIME // max(cases, AT_A_TIME), pause, rng) as killer:
                    while killer.left:
                        firm.people()
                        Event().wait(0.2)
                struck += killer.struck
                firm.until_ended(rounds=600)
            assert set(crew.stop()) == {0}
        print(f"{store}: {kills} kills, {struck} of them while platforms were called; {firm.calls()} calls")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


def at(store: str, postgres_url: str) -> str | None:
    return postgres_url if store == "postgresql" else None


def test_a_few_kills_change_nothing_of_how_cases_end(tmp_path: Path) -> None:
    killed(tmp_path, "sqlite", None, cases=2, kills=2, pause=SOON, only=TWO)


def left_behind(folder: Path, url: str, *, cases: int) -> None:
    """Kill one of three workers in the middle of a call, for good, and see what the others make of it."""
    expected = undisturbed(folder / "undisturbed", TWO)
    with a_firm(folder / "left", cases, TWO, store=url) as firm:
        with Crew(firm, 3) as crew:
            said(crew, "started", times=3)
            firm.open_cases()
            with firm.kept_waiting("DELETE"):
                firm.until_acting()
                crew.lose(crew.who_began("banqup.remove_extensions"))
                lost = time.monotonic()
            said(crew, "worker_died")
            noticed = time.monotonic() - lost
            firm.until_ended(rounds=300)
            assert set(crew.stop()) == {0}
        print(f"taken over after {noticed:.1f} s, all ended after {time.monotonic() - lost:.1f} s")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, 0)


def test_what_a_dead_worker_left_is_finished_by_the_others(tmp_path: Path, postgres_url: str) -> None:
    left_behind(tmp_path, postgres_url, cases=1)


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_what_a_dead_worker_left_of_twenty_cases_is_finished_by_the_others(tmp_path: Path, postgres_url: str) -> None:
    left_behind(tmp_path, postgres_url, cases=20)


@pytest.mark.torture
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("store", WORKERS)
def test_a_hundred_kills_change_nothing_of_how_fifty_cases_end(tmp_path: Path, postgres_url: str, store: str) -> None:
    killed(tmp_path, store, at(store, postgres_url), cases=50, kills=100, pause=LATER, only=ALL)
