"""Several processes of ``disengage run`` at once on one store, until everything is done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from disengage.domain.lifecycle import CaseState
from disengage.engine.workplace import Workplace

from benchmarks.installed import begun


def carried_out_by(workers: int, workplace: Workplace, cases: Sequence[str]) -> float:
    """Have the cases carried out by so many processes; return how long it took, their start and end included.

    Raises:
        AssertionError: A process failed, or a case did not end: what was measured would mean nothing.
    """
    folder = workplace.settings.folder
    logs = [folder / f"worker-{number}.log" for number in range(1, workers + 1)]
    started = time.perf_counter()
    processes = [begun(folder, "run", into=log) for log in logs]
    codes = [process.wait(timeout=900) for process in processes]
    seconds = time.perf_counter() - started
    assert set(codes) == {0}, (codes, [_end_of(log) for log in logs])
    unfinished = [case.id for case in workplace.store.cases() if case.state is not CaseState.CLOSED]
    assert not unfinished, unfinished
    assert set(cases) <= set(workplace.store.case_ids())
    return seconds


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8")[-2000:]
