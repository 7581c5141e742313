"""Several processes of ``disengage run`` at once on one store, until everything is done."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from disengage.domain.lifecycle import CaseState
from disengage.engine.workplace import Workplace

from benchmarks.installed import begun


class Ended(NamedTuple):
    """Seconds from the start of the processes until the first of them ended, and until the last did."""

    first: float
    last: float


def carried_out_by(workers: int, workplace: Workplace, cases: Sequence[str]) -> Ended:
    """Have the cases carried out by so many processes; return when they ended, their start included.

    One of several may end with 4, "not finished", while the others are at the last steps.

    Raises:
        AssertionError: A process failed, or a case did not end: what was measured would mean nothing.
    """
    folder = workplace.settings.folder
    logs = [folder / f"worker-{number}.log" for number in range(1, workers + 1)]
    started = time.perf_counter()
    processes = [begun(folder, "run", into=log) for log in logs]
    with ThreadPoolExecutor(workers) as waiting:
        try:
            ends = list(waiting.map(_ended, processes))
        finally:
            for process in processes:
                process.kill()  # nothing where it has ended
    unfinished = [case for case in map(workplace.store.case, cases) if case.state is not CaseState.CLOSED]
    why = [(case.id, case.state, case.fresh, [f.message for f in case.findings]) for case in unfinished]
    assert not unfinished, (why, [_end_of(log) for log in logs])
    assert {code for code, _ in ends} <= {0, 4}, (ends, [_end_of(log) for log in logs])
    moments = [at - started for _, at in ends]
    return Ended(min(moments), max(moments))


def _ended(process: subprocess.Popen[str]) -> tuple[int, float]:
    return process.wait(timeout=900), time.perf_counter()


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-500:]
