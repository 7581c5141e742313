"""One request, fanned out for real, from the plan to the proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage.cli.simulating import simulated

from tests.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with simulated(tmp_path) as simulation:
        made = Office(tmp_path, simulation)
        made.set_up()
        yield made


def _story(office: Office) -> dict[str, Any]:
    return office.finish(office.planned())


def test_everything_is_done_and_proven_except_what_waits_for_its_date(office: Office) -> None:
    found = _story(office)
    waiting = [step["id"] for step in found["steps"] if step["waits_for"] == "date"]
    assert waiting == ["poweroffice.retain_history.archive"]
    assert found["state"] == "waiting"
    assert office.call("run", found["case"]).code == 4
    assert office.call("verify").code == 0


def test_the_same_case_on_postgresql_ends_in_the_same_state(tmp_path: Path, postgres_url: str) -> None:
    ends = {}
    for name, store in (("sqlite", None), ("postgresql", postgres_url)):
        folder = tmp_path / name
        folder.mkdir()
        with simulated(folder) as simulation:
            office = Office(folder, simulation)
            office.set_up(store=store)
            found = _story(office)
            ends[name] = ([(s["id"], s["state"], s["proof"]) for s in found["steps"]], office.effects())
    assert ends["sqlite"] == ends["postgresql"]


def test_before_approval_run_sends_no_changing_call_and_says_so(office: Office) -> None:
    case = office.call("plan", "request.toml", "--json").json()["cases"][0]["case"]
    answer = office.call("run", case)
    assert answer.code == 3
    assert [e for effects in office.effects().values() for e in effects] == []
