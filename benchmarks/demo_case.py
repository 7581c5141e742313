"""The demo's case on the three real connectors' simulators: how long until it waits for a person or a date."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from unittest.mock import patch

from disengage.cli.logs import set_up
from disengage.cli.simulating import Simulation, simulated
from disengage.domain.case import Case
from disengage.domain.lifecycle import FINISHED
from disengage.engine import approving, planning
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.requests import read_requests
from disengage.settings import load

from benchmarks.figures import Figure


def measure(*, quick: bool) -> list[Figure]:
    """Plan, approve and run once; the vendors' limits (ten calls a second) are part of it."""
    set_up()
    rounds = [_round() for _ in range(1 if quick else 3)]
    figure = Figure(
        name="demo case",
        what="the demo's case on the simulators of all installed connectors, vendors' limits included, from the "
        "approved plan until everything waits for people and dates",
        unit="s",
        ours=[run for _, run, _, _ in rounds],
        details={
            "planning and approving": f"{median(planned for planned, *_ in rounds):.2f} s",
            "calls": rounds[0][2],
            "steps": rounds[0][3],
        },
    )
    return [figure]


def _round() -> tuple[float, float, int, str]:
    with tempfile.TemporaryDirectory(prefix="disengage-bench-") as place, simulated(Path(place)) as simulation:
        file, request = _written(simulation)
        with patch.dict(os.environ, simulation.environment()), Workplace(load(file), create=True) as workplace:
            return _timed(workplace, simulation, request)


def _written(simulation: Simulation) -> tuple[Path, Path]:
    file, request = simulation.folder / "disengage.toml", simulation.folder / "request.toml"
    file.write_text(simulation.configuration(), encoding="utf-8")
    request.write_text(simulation.request(datetime.now(UTC).date() - timedelta(days=1)), encoding="utf-8")
    return file, request


def _timed(workplace: Workplace, simulation: Simulation, file: Path) -> tuple[float, float, int, str]:
    (_, request), = read_requests([file])  # fmt: skip
    workplace.vault.prepare()
    started = time.perf_counter()
    case = approving.approve(workplace, planning.plan(workplace, request).id, "Anna Ansvarlig")
    planned = time.perf_counter() - started
    with Worker(workplace) as worker:
        started = time.perf_counter()
        worker.run([case.id])
        run = time.perf_counter() - started
    calls = sum(len(simulator.journal) for simulator in simulation.simulators.values())
    return planned, run, calls, _told(workplace.store.case(case.id))


def _told(case: Case) -> str:
    done = sum(step.state in FINISHED for step in case.steps)
    return f"{done} of {len(case.steps)} finished, the others wait for people, dates or steps"
