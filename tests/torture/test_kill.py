"""Workers killed at any instant, again and again: every wanted change is made exactly once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.torture.crew import Crew, Killer, the_seed
from tests.torture.firm import ALL, TWO, a_firm, assert_as_undisturbed, undisturbed

#: Workers by the kind of store.
WORKERS = {"sqlite": 1, "postgresql": 3}
#: Seconds between two kills: soon after a start, and in the middle of long work.
Pause = tuple[float, float]
SOON: Pause = (0.0, 0.6)
LATER: Pause = (0.5, 14.0)


def killed(
    folder: Path,
    store: str,
    url: str | None,
    *,
    cases: int,
    kills: int,
    pause: tuple[float, float],
    only: Sequence[str],
) -> None:
    """Kill workers ``kills`` times while ``cases`` cases are worked on, and see how they end."""
    seed = the_seed()
    expected = undisturbed(folder / "undisturbed", only)
    with a_firm(folder / "killed", cases, only, store=url, faults="*:latency=60", seed=seed) as firm:
        firm.open_cases()
        with Crew(firm, WORKERS[store]) as crew:
            with Killer(crew, kills, pause, random.Random(seed)) as killer:
                while killer.left:
                    firm.people()
            done = firm.how_many_ended()
            firm.until_ended(rounds=1200)
            assert set(crew.stop()) == {0}
        print(f"{store}: {kills} kills, {killer.struck} during calls; {done} of {cases} cases ended by then")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


def at(store: str, postgres_url: str) -> str | None:
    return postgres_url if store == "postgresql" else None


@pytest.mark.parametrize("store", WORKERS)
def test_a_few_kills_change_nothing_of_how_cases_end(tmp_path: Path, postgres_url: str, store: str) -> None:
    killed(tmp_path, store, at(store, postgres_url), cases=2, kills=3, pause=SOON, only=TWO)


@pytest.mark.torture
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("store", WORKERS)
def test_a_hundred_kills_change_nothing_of_how_fifty_cases_end(tmp_path: Path, postgres_url: str, store: str) -> None:
    killed(tmp_path, store, at(store, postgres_url), cases=50, kills=100, pause=LATER, only=ALL)
