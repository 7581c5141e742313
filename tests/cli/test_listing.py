"""``cases`` where there are many: open ones are never left out, and JSON is complete unless a limit is given."""

from __future__ import annotations

import json

import pytest
from disengage.cli.cases import FINISHED
from disengage.domain.lifecycle import StepState
from disengage.engine.workplace import Workplace

from tests.builders import a_case, a_link, a_step
from tests.cli.desk import Desk

#: One open case, the oldest, and more finished ones than are shown.
MANY = FINISHED + 2


@pytest.fixture
def archive(bank: Desk) -> Desk:
    link = a_link()
    states = [StepState.WAITING, *[StepState.DONE] * MANY]
    with Workplace.open(bank.folder / "disengage.toml") as workplace:
        for number, state in enumerate(states):
            steps = (a_step(link=link, state=state),)
            case = a_case(id=f"c-{number:03}", links=[link], steps=steps, approved_by=["Kari"])
            with workplace.store.new_case(case):
                pass
    return bank


def _ids(answer: str) -> list[str]:
    return [case["case"] for case in json.loads(answer)["cases"]]


def test_the_table_shows_what_is_open_and_the_newest_that_are_finished_and_says_how_many_are_not(archive: Desk) -> None:
    shown = archive.call("cases").out
    assert "2 older finished cases not shown: disengage cases --all" in shown
    assert [number for number in range(MANY + 1) if f"c-{number:03}" in shown] == [0, *range(3, MANY + 1)]
    assert f"c-{1:03}" in archive.call("cases", "--all").out


def test_json_holds_every_case_unless_a_limit_is_given(archive: Desk) -> None:
    every = archive.call("cases", "--json").out
    assert _ids(every) == [f"c-{number:03}" for number in range(MANY + 1)]
    assert every == json.dumps(json.loads(every), ensure_ascii=False, indent=2) + "\n"
    assert _ids(archive.call("cases", "--json", "--limit", "1").out) == ["c-000", f"c-{MANY:03}"]


def test_cases_are_listed_by_their_state(archive: Desk) -> None:
    assert _ids(archive.call("cases", "--json", "--state", "waiting").out) == ["c-000"]
    assert archive.call("cases", "--json", "--state", "attention").out == '{\n  "cases": []\n}\n'


def test_a_state_that_does_not_exist_and_a_limit_beside_all_are_refused(bank: Desk) -> None:
    assert bank.refused(2, "cases", "--state", "somewhere") == "--state is not the state of a case."
    assert bank.refused(2, "cases", "--all", "--limit", "3") == "--all and --limit exclude each other."
