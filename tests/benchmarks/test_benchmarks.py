"""Every benchmark runs, in a tiny form, and says what it should say. No figure is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.conftest import ROOT

FIELDS = {"name", "what", "unit", "ours", "yardstick", "ratios", "bound", "details", "ratio", "met"}


def _figures(folder: Path, *names: str) -> list[dict[str, Any]]:
    only = [part for name in names for part in ("--only", name)]
    command = [sys.executable, "-m", "benchmarks", "--quick", "--results", str(folder), *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    (file,) = folder.iterdir()
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found.keys() == {"at", "quick", "machine", "figures"}
    assert all(figure["name"] in done.stdout for figure in found["figures"])
    figures: list[dict[str, Any]] = found["figures"]
    return figures


def _is_whole(figure: dict[str, Any], rounds: int) -> bool:
    sides = figure["ours"], figure["yardstick"], figure["ratios"]
    return figure.keys() == FIELDS and all(len(side) == rounds and min(side) > 0 for side in sides)


@pytest.mark.parametrize(("name", "rounds"), [("start", 2), ("fan-out", 1)])
def test_a_benchmark_gives_one_figure_with_a_ratio_for_every_round(tmp_path: Path, name: str, rounds: int) -> None:
    (figure,) = _figures(tmp_path, name)
    assert (figure["name"], figure["met"]) == (name, None)
    assert _is_whole(figure, rounds)


def test_throughput_makes_the_same_calls_on_both_sides_and_says_where_the_time_goes(tmp_path: Path) -> None:
    (figure,) = _figures(tmp_path, "throughput")
    assert _is_whole(figure, 1)
    assert figure["details"]["calls a case"] == 36
    assert {"the store's SQL", "DBOS and its SQL"} <= figure["details"]["processor time goes to"].keys()
    assert figure["details"]["a case makes"].keys() == {"SQL statements", "transactions that write"}


def test_the_demos_case_is_measured_without_a_yardstick(tmp_path: Path) -> None:
    (figure,) = _figures(tmp_path, "demo-case")
    assert (len(figure["ours"]), figure["yardstick"], figure["ratio"]) == (1, [], None)
    assert figure["details"]["calls"] > 0
