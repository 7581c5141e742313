"""What the simulators give is sound, and where it is not the gate stays shut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage.cli.simulating import simulated

from tests.cli.desk import Desk

_RETAIN = "poweroffice.retain_history"


@pytest.fixture
def platform() -> str:
    return "poweroffice"


@pytest.fixture
def office(tmp_path: Path, platform: str) -> Iterator[Desk]:
    with simulated(tmp_path, only=[platform]) as simulation:
        made = Desk(tmp_path, simulation)
        made.set_up()
        yield made


def wrong(office: Desk) -> list[str]:
    """Return what was found wrong in any bag: check and fault."""
    found: list[str] = []
    for path in sorted((office.folder / "vault").rglob("completeness.json")):
        for made in json.loads(path.read_text(encoding="utf-8"))["checks"]:
            found += [f"{made['name']}: {fault['code']}" for fault in made["faults"]]
    return found


def blockers(case: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in case["findings"] if finding["severity"] == "blocker"]


@pytest.mark.parametrize("platform", ["poweroffice", "spiris"])
def test_nothing_is_wrong_with_what_a_simulator_gives(office: Desk) -> None:
    case = office.planned()
    office.call("run", case)

    assert (wrong(office), blockers(office.show(case))) == ([], [])
    assert list((office.folder / "vault").rglob("completeness.json"))


def test_books_that_do_not_add_up_keep_the_gate_shut_until_a_new_copy_does(office: Desk) -> None:
    go: Any = office.simulation.simulators["poweroffice"]
    go.loses = "line"
    case = office.planned()
    for _ in range(2):
        office.call("run", case)
        office.answer_tasks()
        office.others_act()
    office.call("retry", case)
    assert office.call("run", case).code == 3

    assert blockers(office.show(case)) == [f"history_wrong:{_RETAIN}"]
    assert set(wrong(office)) == {"poweroffice-balances: account_balance", "poweroffice-vouchers: voucher_balance"}
    assert office.steps(case)["poweroffice.end_access"]["waits_for"] == "gate"
    before = office.effects()["poweroffice"]

    go.loses = ""
    assert office.call("retry", case, _RETAIN).code == 0
    office.call("run", case)

    assert blockers(office.show(case)) == []
    assert len(office.effects()["poweroffice"]) > len(before)
