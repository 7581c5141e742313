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

KILLS = 30


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


@pytest.mark.timeout(600)
def test_a_case_killed_thirty_times_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
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
        kills = 0
        for _ in range(KILLS * 4):
            killed = _run_and_kill(office, case, 0.9 + rng.random() * 1.8)
            kills += killed
            if not killed:
                office.answer_tasks()
                office.others_act()
                office.call("retry", case)
            if kills >= KILLS:
                break
        office.finish(case, rounds=20)
        assert office.effects() == expected, f"DISENGAGE_SEED={seed}"
        assert office.call("verify", case).code == 0
        steps = office.steps(case).values()
        assert {step["state"] for step in steps if step["waits_for"] != "date"} <= {"done", "skipped"}
    assert kills >= KILLS
