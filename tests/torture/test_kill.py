"""Workers killed at any instant, again and again: every wanted change is made exactly once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.torture.crew import Crew, Killer, the_seed
from tests.torture.firm import ALL, TWO, a_firm, assert_as_undisturbed, undisturbed

#: Workers, and seconds between two kills, by the kind of store.
KINDS = {"sqlite": (1, (1.0, 4.0)), "postgresql": (3, (0.4, 3.0))}


def killed(folder: Path, store: str, url: str | None, *, cases: int, kills: int, only: Sequence[str]) -> None:
    """Kill workers ``kills`` times while ``cases`` cases are worked on, and see how they end."""
    seed = the_seed()
    workers, pause = KINDS[store]
    expected = undisturbed(folder / "undisturbed", only)
    with a_firm(folder / "killed", cases, only, store=url, faults="*:latency=60", seed=seed) as firm:
        firm.open_cases()
        with Crew(firm, workers) as crew:
            with Killer(crew, kills, pause, random.Random(seed)) as killer:
                while killer.left:
                    firm.people()
            firm.until_ended(rounds=600)
            assert set(crew.stop()) == {0}
        print(f"{store}: {kills} kills, {killer.struck} of them in the middle of work, {firm.calls()} calls")  # noqa: T201
        assert firm.sent_twice() == []
        assert_as_undisturbed(firm, expected, seed)


@pytest.mark.parametrize("store", KINDS)
def test_a_few_kills_change_nothing_of_how_cases_end(tmp_path: Path, postgres_url: str, store: str) -> None:
    killed(tmp_path, store, postgres_url if store == "postgresql" else None, cases=2, kills=3, only=TWO)


@pytest.mark.torture
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("store", KINDS)
def test_a_hundred_kills_change_nothing_of_how_fifty_cases_end(tmp_path: Path, postgres_url: str, store: str) -> None:
    killed(tmp_path, store, postgres_url if store == "postgresql" else None, cases=50, kills=100, only=ALL)
