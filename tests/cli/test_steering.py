"""Retry, skip, move, cancel: each does one thing, says what it did, and refuses what makes no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from disengage_banqup.simulator import BanqupSimulator
from disengage_poweroffice.simulator import PowerOfficeSimulator

from tests.cli.desk import Desk, at_work

HISTORY, EXTENSIONS, SEVER = "banqup.retain_history", "banqup.remove_extensions", "banqup.sever_link"
TODAY = datetime.now(UTC).date()


def _in(days: int) -> str:
    return str(TODAY + timedelta(days=days))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Any:
    """Give a desk and a case that waits for a person, for tests that change nothing."""
    with at_work(tmp_path_factory.mktemp("standing"), empty_store, banqup=BanqupSimulator()) as desk:
        case = desk.planned()
        assert desk.run(case).code == 4
        yield desk, case


BY = ("--by", "Anna")
WHY = (*BY, "--reason", "because")

SENSELESS = {
    "retry of an unknown step": (("retry", "banqup.sever"), "no step 'banqup.sever'"),
    "retry of what waits for a person": (("retry", HISTORY), "nothing to retry"),
    "skip of an unknown step": (("skip", "banqup.sever", *WHY), "no step 'banqup.sever'"),
    "skip without a reason": (("skip", SEVER, *BY, "--reason", " "), "No reason"),
    "skip by nobody": (("skip", SEVER, "--by", " ", "--reason", "because"), "Nobody"),
    "skip of what is not needed": (("skip", "banqup.archive", *WHY), "skipped"),
    "move of an unknown step": (("move", "banqup.sever", "--to", "2030-01-01", *BY), "no step 'banqup.sever'"),
    "move to no date": (("move", SEVER, "--to", "soon", *BY), "--to"),
    "move of what has started": (("move", HISTORY, "--to", "2030-01-01", *BY), "has started"),
    "move of what is not needed": (("move", "banqup.archive", "--to", "2030-01-01", *BY), "has started"),
    "cancel without a reason": (("cancel", *BY, "--reason", ""), "No reason"),
    "cancel by nobody": (("cancel", "--by", "", "--reason", "because"), "Nobody"),
}


@pytest.mark.parametrize("senseless", SENSELESS)
def test_what_makes_no_sense_is_refused_and_changes_nothing(standing: tuple[Desk, str], senseless: str) -> None:
    desk, case = standing
    (command, *arguments), words = SENSELESS[senseless]
    before = desk.show(case)
    assert words in desk.refused(2, command, case, *arguments)
    assert desk.show(case) == before


@pytest.mark.parametrize("command", ["retry", "cancel", "skip", "move", "show", "verify", "run"])
def test_a_case_that_is_not_there_is_refused_by_every_command(standing: tuple[Desk, str], command: str) -> None:
    desk, _ = standing
    arguments = {"skip": (SEVER, *WHY), "move": (SEVER, "--to", "2030-01-01", *BY), "cancel": WHY}.get(command, ())
    assert "'c-nothing'" in desk.refused(2, command, "c-nothing", *arguments)


# --- skip


def test_a_skipped_step_is_left_out_and_the_case_ends_without_it(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    bank.bring(HISTORY)
    answer = bank.call("skip", case, SEVER, "--by", "Anna", "--reason", "the client asked to keep it", "--json")
    assert answer.code == 0
    assert {s["id"]: s["state"] for s in answer.json()["steps"]}[SEVER] == "skipped"
    answer = bank.run(case)
    assert (answer.code, answer.json()["cases"][0]["state"]) == (0, "closed")
    assert bank.changing() == ["DELETE bookkeeping", "DELETE documents"]
    assert bank.steps(case)[SEVER]["proof"] is None
    assert bank.call("skip", case, SEVER, *WHY).code == 2


def test_skipping_closes_the_steps_open_task(bank: Desk) -> None:
    bank.drop_configuration("operations.")
    case = bank.planned()
    bank.run(case)
    bank.bring(HISTORY)
    bank.run(case)
    task = bank.open_task(SEVER)
    assert bank.call("skip", case, SEVER, *WHY).code == 0
    assert bank.call("tasks", "--json").json() == {"tasks": []}
    assert bank.call("task", "done", task["id"], "--by", "Per").code == 2
    assert bank.run(case).code == 0


# --- move and dates


def test_before_the_end_date_everything_waits_for_the_day_after_it(bank: Desk) -> None:
    bank.set_up(ends_on=TODAY + timedelta(days=20))
    case = bank.planned()
    assert bank.run(case).code == 4
    assert bank.stands(case) == dict.fromkeys((HISTORY, EXTENSIONS, SEVER), ("waiting", "date"))
    assert {s["due"] for s in bank.show(case)["steps"] if s["mode"] != "not_needed"} == {_in(21)}
    bank.assert_nothing_was_changed()
    assert bank.call("tasks", "--json").json() == {"tasks": []}


def test_a_moved_step_becomes_due_on_its_new_date(bank: Desk) -> None:
    bank.set_up(ends_on=TODAY + timedelta(days=20))
    case = bank.planned()
    assert bank.run(case).code == 4
    moved = bank.call("move", case, HISTORY, "--to", _in(-1), *BY, "--json")
    assert (moved.code, bank.steps(case)[HISTORY]["due"]) == (0, _in(-1))
    assert bank.run(case).code == 4
    assert bank.stands(case)[HISTORY] == ("waiting", "person")
    assert bank.stands(case)[SEVER][0] == "waiting"
    bank.assert_nothing_was_changed()


def test_a_step_can_be_moved_away_until_it_starts(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    assert bank.call("move", case, SEVER, "--to", _in(30), *WHY).code == 0
    bank.bring(HISTORY)
    assert bank.run(case).code == 4
    assert bank.stands(case)[SEVER] == ("waiting", "date")
    assert bank.changing() == ["DELETE bookkeeping", "DELETE documents"]
    assert bank.call("move", case, SEVER, "--to", str(TODAY), *BY).code == 0
    assert bank.run(case).code == 0
    assert bank.platform("banqup").effects[-1] == "client-0001 archived"


def test_a_moved_date_stands_when_the_same_request_is_planned_again(bank: Desk) -> None:
    case = bank.planned()
    assert bank.call("move", case, SEVER, "--to", _in(30), *BY).code == 0
    before = bank.show(case)
    assert bank.plan() == before


def test_moving_the_generation_date_moves_the_users_last_day_along(tmp_path: Path, empty_store: Path) -> None:
    archive, access = "poweroffice.retain_history.archive", "poweroffice.end_access"
    with at_work(tmp_path, empty_store, poweroffice=PowerOfficeSimulator()) as desk:
        case = desk.planned()
        due = date.fromisoformat(desk.steps(case)[archive]["due"])
        later = due + timedelta(days=10)
        plain = desk.call("move", case, archive, "--to", str(later), *BY)
        assert (plain.code, access in plain.out) == (0, True)
        after = desk.show(case)
        steps = {step["id"]: step for step in after["steps"]}
        last_day = str(later - timedelta(days=1))
        assert steps[archive]["due"] == str(later)
        assert {change["wanted"] for change in steps[access]["changes"]} == {last_day}
        assert set(after["links"][0]["wanted"]["firm_access"].values()) == {last_day}
        assert desk.plan() == after
        assert "does not fit" in desk.refused(2, "move", case, archive, "--to", "2020-01-01", *BY)
        assert desk.show(case) == after
        desk.assert_nothing_was_changed()


# --- cancel and retry


def test_a_cancelled_case_keeps_what_was_done_and_does_nothing_more(bank: Desk) -> None:
    case = bank.planned()
    bank.run(case)
    assert bank.call("cancel", case, "--by", "Anna", "--reason", "the client stays").code == 0
    found = bank.show(case)
    assert (found["state"], [t["state"] for t in found["tasks"]]) == ("cancelled", ["declined"])
    assert bank.run(case).code == 0
    for command in (
        ("cancel", case, *WHY),
        ("skip", case, SEVER, *WHY),
        ("move", case, SEVER, "--to", "2030-01-01", *BY),
        ("retry", case),
        ("approve", case, "--by", "Berit"),
    ):
        assert "cancelled" in bank.refused(2, *command)
    assert bank.plan() == found
    bank.assert_nothing_was_changed()


def test_a_case_can_be_cancelled_before_anybody_approves(bank: Desk) -> None:
    case = bank.plan()["case"]
    assert bank.call("cancel", case, *WHY).code == 0
    assert bank.run(case).code == 0
    assert bank.show(case)["state"] == "cancelled"


def test_retrying_where_nothing_waits_changes_nothing(standing: tuple[Desk, str]) -> None:
    desk, case = standing
    before = desk.show(case)
    assert desk.call("retry", case).code == 0
    assert desk.show(case) == before


def test_a_run_over_all_cases_ends_with_the_code_that_wins(bank: Desk) -> None:
    first = bank.planned()
    bank.set_up(ends_on=TODAY - timedelta(days=5))
    second = bank.plan()["case"]
    answer = bank.call("run", "--json")
    assert answer.code == 3
    assert {found["case"] for found in answer.json()["cases"]} == {first, second}
    task = bank.open_task(HISTORY)
    assert bank.call("task", "decline", task["id"], "--by", "Per", "--reason", "no").code == 0
    assert bank.call("run", "--json").code == 5
    assert bank.call("run", second, "--json").code == 3
