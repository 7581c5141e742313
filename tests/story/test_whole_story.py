"""One request, fanned out for real, from the plan to the proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage.cli.simulating import simulated

from tests.cli.desk import Desk
from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with simulated(tmp_path) as simulation:
        made = Office(tmp_path, simulation)
        made.set_up()
        yield made


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, dict[str, Any]]]:
    """Give an office whose one case was brought to its end on all connectors, and that case."""
    folder = tmp_path_factory.mktemp("ended")
    with simulated(folder) as simulation:
        made = Office(folder, simulation)
        made.set_up()
        yield made, made.finish(made.planned())


def _end(office: Office, case: dict[str, Any]) -> tuple[list[tuple[Any, ...]], dict[str, list[str]]]:
    return [(s["id"], s["state"], s["proof"]) for s in case["steps"]], office.effects()


def test_everything_is_done_and_proven_except_what_waits_for_its_date(ended: tuple[Office, dict[str, Any]]) -> None:
    office, found = ended
    waiting = [step["id"] for step in found["steps"] if step["waits_for"] == "date"]
    assert waiting == ["poweroffice.retain_history.archive"]
    assert found["state"] == "waiting"
    assert office.call("run", found["case"]).code == 4
    assert office.call("verify").code == 0


def test_the_same_case_on_postgresql_ends_in_the_same_state(
    tmp_path: Path, postgres_url: str, ended: tuple[Office, dict[str, Any]]
) -> None:
    with simulated(tmp_path) as simulation:
        office = Desk(tmp_path, simulation)
        office.set_up(store=postgres_url)
        assert _end(office, office.finish(office.planned())) == _end(*ended)


def test_before_approval_run_sends_no_changing_call_and_says_so(office: Office) -> None:
    case = office.call("plan", "request.toml", "--json").json()["cases"][0]["case"]
    answer = office.call("run", case)
    assert answer.code == 3
    assert [e for effects in office.effects().values() for e in effects] == []
