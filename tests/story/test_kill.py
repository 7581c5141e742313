"""A process killed at any instant, and started again, finishes the case; nothing happens twice."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
from pathlib import Path

import pytest
from disengage.cli.simulating import simulated

from tests.office import Office


def _undisturbed(folder: Path) -> dict[str, list[str]]:
    folder.mkdir()
    with simulated(folder) as simulation:
        office = Office(folder, simulation)
        office.set_up()
        office.finish(office.planned())
        return office.effects()


def _run_and_kill(office: Office, case: str, after: float) -> bool:
    """Start a run and kill it; return whether it was killed before it ended by itself."""
    process = office.start("run", case)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=after)
        return False
    process.kill()
    process.communicate()
    return True


def _killed(tmp_path: Path, kills: int) -> None:
    """Kill ``kills`` runs of one case at random moments, then let it finish and compare."""
    seed = int(os.environ.get("DISENGAGE_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"DISENGAGE_SEED={seed}")  # noqa: T201 -- a failure is repeated with it
    rng = random.Random(seed)
    expected = _undisturbed(tmp_path / "undisturbed")
    folder = tmp_path / "killed"
    folder.mkdir()
    with simulated(folder, faults="*:latency=60") as simulation:
        office = Office(folder, simulation)
        office.set_up()
        case = office.planned()
        left = kills
        while left:
            if _run_and_kill(office, case, 0.7 + rng.random() * 1.6):
                left -= 1
            else:
                office.answer_tasks()
                office.others_act()
                office.call("retry", case)
        office.finish(case, rounds=20)
        assert office.effects() == expected, f"DISENGAGE_SEED={seed}"
        for simulator in simulation.simulators.values():
            changing = [call for call in simulator.changing_calls() if "oken" not in call[1]]
            assert len(changing) == len(set(changing)), f"DISENGAGE_SEED={seed}: {changing}"
        assert office.call("verify", case).code == 0


@pytest.mark.timeout(400)
def test_a_case_killed_thirty_times_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    _killed(tmp_path, 30)


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_case_killed_three_hundred_times_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    _killed(tmp_path, 300)
