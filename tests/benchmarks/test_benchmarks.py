"""Every benchmark runs, in a tiny form, and says what it should say. No figure is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from tests.benchmarks.conftest import ROOT

FIELDS = {"name", "what", "unit", "ours", "yardstick", "ratios", "bound", "details", "ratio", "met"}
#: Those that are quick, and those that start daemons.
INSIDE = ("start", "fan-out", "throughput", "demo-case")
OUTSIDE = ("waiting", "history", "workers", "limit", "bagging", "pages")


def _measured(tmp_path_factory: pytest.TempPathFactory, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("results")
    only = [part for name in names for part in ("--only", name)]
    command = [sys.executable, "-m", "benchmarks", "--quick", "--results", str(folder), *only]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    (file,) = folder.iterdir()
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found.keys() == {"at", "quick", "machine", "figures"}
    assert all(figure["name"].split(",")[0] in done.stdout for figure in found["figures"])
    return {figure["name"]: figure for figure in found["figures"]}


@pytest.fixture(scope="module")
def figures_inside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return _measured(tmp_path_factory, INSIDE)


@pytest.fixture(scope="module")
def figures_outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return _measured(tmp_path_factory, OUTSIDE)


def _is_whole(figure: dict[str, Any], rounds: int) -> bool:
    sides = figure["ours"], figure["yardstick"], figure["ratios"]
    return figure.keys() == FIELDS and all(len(side) == rounds and min(side) > 0 for side in sides)


@pytest.mark.torture
@pytest.mark.parametrize("name", ["bags, making", "bags, proving", "bags, memory"])
def test_bags_are_measured_beside_the_systems_own_tools(figures_outside: dict[str, dict[str, Any]], name: str) -> None:
    figure = figures_outside[name]
    assert figure["met"] is None
    assert _is_whole(figure, 1)


@pytest.mark.parametrize(("name", "rounds"), [("start", 1), ("fan-out", 1)])
def test_a_benchmark_gives_one_figure_with_a_ratio_for_every_round(
    figures_inside: dict[str, dict[str, Any]], name: str, rounds: int
) -> None:
    figure = figures_inside[name]
    assert figure["met"] is None
    assert _is_whole(figure, rounds)


def test_throughput_makes_the_same_calls_on_both_sides_and_says_where_the_time_goes(
    figures_inside: dict[str, dict[str, Any]],
) -> None:
    figure = figures_inside["throughput"]
    assert _is_whole(figure, 1)
    assert figure["details"]["calls a case"] == 36
    assert {"the store's SQL", "DBOS and its SQL"} <= figure["details"]["processor time goes to"].keys()
    assert figure["details"]["a case makes"].keys() == {"SQL statements", "transactions that write"}


def test_the_demos_case_is_measured_without_a_yardstick(figures_inside: dict[str, dict[str, Any]]) -> None:
    figure = figures_inside["demo case"]
    assert (len(figure["ours"]), figure["yardstick"], figure["ratio"]) == (1, [], None)
    assert figure["details"]["calls"] > 0


@pytest.mark.torture
def test_a_daemon_with_waiting_cases_is_measured_beside_one_without(
    figures_outside: dict[str, dict[str, Any]],
) -> None:
    memory, start = figures_outside["waiting, memory"], figures_outside["waiting, start"]
    assert _is_whole(memory, 1)
    assert _is_whole(start, 1)
    assert {"waiting, idle", "waiting, tick"} <= figures_outside.keys()
    assert "start of the daemon on the full store" in memory["details"]


@pytest.mark.torture
@pytest.mark.parametrize("command", ["plan", "run", "cases", "show"])
def test_a_command_is_measured_with_many_finished_cases_and_with_few(
    figures_outside: dict[str, dict[str, Any]], command: str
) -> None:
    assert _is_whole(figures_outside[f"history, {command}"], 1)


@pytest.mark.torture
def test_the_finished_cases_are_there_with_all_that_they_left_behind(
    figures_outside: dict[str, dict[str, Any]],
) -> None:
    rows = figures_outside["history, plan"]["details"]["rows"]
    assert (rows["cases"], rows["links"], rows["steps"]) == (2_000, 2_000, 8_000)
    assert min(rows[table] for table in ("events", "evidence", "wakes", "workflow_status")) >= 4_000


@pytest.mark.torture
def test_workers_make_the_same_calls_as_plain_threads(figures_outside: dict[str, dict[str, Any]]) -> None:
    figure = figures_outside["workers, 2 on PostgreSQL"]
    assert _is_whole(figure, 1)
    assert figure["details"]["calls a case"] == 24


@pytest.mark.torture
def test_the_use_of_a_limit_is_measured_with_what_was_refused(figures_outside: dict[str, dict[str, Any]]) -> None:
    figure = figures_outside["limit"]
    assert _is_whole(figure, 1)
    assert figure["yardstick"] == [10]
    assert figure["details"].keys() >= {"calls", "answered 429"}


@pytest.mark.torture
@pytest.mark.parametrize("name", ["pages, case", "pages, inbox"])
def test_a_page_is_measured_beside_a_bare_one_of_the_same_framework(
    figures_outside: dict[str, dict[str, Any]], name: str
) -> None:
    assert _is_whole(figures_outside[name], 1)


@pytest.mark.torture
def test_it_is_measured_how_soon_every_reader_has_heard(figures_outside: dict[str, dict[str, Any]]) -> None:
    figure = figures_outside["pages, news"]
    assert (len(figure["ours"]), figure["yardstick"], figure["ratio"]) == (2, [], None)
    assert figure["details"].keys() == {"memory a reader", "threads"}
