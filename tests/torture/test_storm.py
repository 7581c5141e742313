"""Platforms that fail in one call of five, in every way, all the time: all cases end as without that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.office import COMMAND
from tests.torture.crew import Crew, the_seed
from tests.torture.firm import ALL, TWO, a_firm, assert_as_undisturbed, undisturbed
from tests.torture.limits import lifted

#: Together they strike one call in five.
STORM = ",".join(
    f"*:{kind}~0.0275" for kind in ("429=1", "500", "503=1", "reset", "lost", "truncated", "malformed", "expired")
)


def stormed(
    folder: Path,
    store: str,
    url: str | None,
    *,
    cases: int,
    only: Sequence[str],
    rounds: int,
    command: Sequence[str] = COMMAND,
) -> None:
    seed = the_seed()
    expected = undisturbed(folder / "undisturbed", only)
    with a_firm(folder / "stormed", cases, only, store=url, faults=STORM, seed=seed) as firm:
        firm.open_cases()
        with Crew(firm, 3 if store == "postgresql" else 1, command=command) as crew:
            firm.until_ended(rounds=rounds)
            assert set(crew.stop()) == {0}
        struck = sum(bool(entry.fault) for s in firm.simulation.simulators.values() for entry in s.journal)
        print(f"{store}: {struck} of {firm.calls()} calls struck, people asked {len(firm.asked)} times")  # noqa: T201
        firm.misbehave("")
        assert_as_undisturbed(firm, expected, seed)


@pytest.mark.parametrize("store", ["sqlite"])
def test_two_cases_end_in_a_storm_as_in_calm(tmp_path: Path, store: str) -> None:
    stormed(tmp_path, store, None, cases=2, only=TWO, rounds=120)


@pytest.mark.torture
@pytest.mark.timeout(10800)
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_hundred_cases_end_in_a_storm_as_in_calm(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    url = postgres_url if store == "postgresql" else None
    stormed(tmp_path, store, url, cases=100, only=ALL, rounds=3000, command=lifted(monkeypatch))
