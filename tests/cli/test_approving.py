"""Exactly the plan that was shown is approved, by enough different people, and nothing moves before."""

from __future__ import annotations

from pathlib import Path

import pytest
from disengage_poweroffice.simulator import PowerOfficeSimulator

from tests.cli.desk import Desk, at_work


def test_a_run_before_the_approval_only_reads_and_exits_3(desk: Desk) -> None:
    case = desk.plan()["case"]
    answer = desk.run(case)
    assert answer.code == 3
    assert answer.json()["cases"][0]["state"] == "planned"
    assert desk.call("run", "--json").code == 3
    desk.assert_nothing_was_changed()
    assert desk.call("tasks", "--json").json() == {"tasks": []}
    assert desk.bags() == []


def test_before_the_approval_every_needed_step_waits_for_it(desk: Desk) -> None:
    assert set(desk.stands(desk.plan()["case"]).values()) == {("planned", "approval")}


def test_another_plan_than_the_one_that_stands_cannot_be_approved(desk: Desk) -> None:
    planned = desk.plan()
    stale = planned["plan"]["hash"]
    desk.ask("keep_billing_to = false", "keep_billing_to = true")
    fresh = desk.plan()["plan"]["hash"]
    assert stale != fresh
    assert fresh in desk.refused(3, "approve", planned["case"], "--by", "Anna", "--plan", stale)
    assert desk.show(planned["case"])["plan"]["approvals"] == []
    assert desk.call("approve", planned["case"], "--by", "Anna", "--plan", fresh).code == 0


@pytest.mark.parametrize("again", ["Anna Ansvarlig", "anna ANSVARLIG", "  Anna   Ansvarlig "])
def test_the_same_person_cannot_approve_twice(desk: Desk, again: str) -> None:
    desk.configure("[vault]", "[policy]\napprovals = 2\n\n[vault]")
    case = desk.plan()["case"]
    assert desk.call("approve", case, "--by", "Anna Ansvarlig").code == 0
    assert "already" in desk.refused(3, "approve", case, "--by", again)
    assert len(desk.show(case)["plan"]["approvals"]) == 1
    assert desk.run(case).code == 3
    desk.assert_nothing_was_changed()


def test_one_name_in_two_ways_of_writing_its_letters_is_one_person(desk: Desk) -> None:
    desk.configure("[vault]", "[policy]\napprovals = 2\n\n[vault]")
    case = desk.plan()["case"]
    assert desk.call("approve", case, "--by", "Andr\u00e9").code == 0
    assert "already" in desk.refused(3, "approve", case, "--by", "Andre\u0301")


def test_two_people_approve_where_the_policy_asks_for_two(desk: Desk) -> None:
    desk.configure("[vault]", "[policy]\napprovals = 2\n\n[vault]")
    case = desk.plan()["case"]
    first = desk.call("approve", case, "--by", "Anna", "--json").json()
    assert (first["state"], first["plan"]["needed"]) == ("planned", 2)
    second = desk.call("approve", case, "--by", "Berit", "--json").json()
    assert second["state"] == "approved"
    assert [a["by"] for a in second["plan"]["approvals"]] == ["Anna", "Berit"]


@pytest.mark.parametrize("nobody", ["", "   "])
def test_nobody_cannot_approve(desk: Desk, nobody: str) -> None:
    case = desk.plan()["case"]
    assert "Nobody" in desk.refused(2, "approve", case, "--by", nobody)


def test_a_case_with_a_blocker_cannot_be_approved(desk: Desk) -> None:
    desk.ask("keep_billing_to = false", "delete_client = true")
    case = desk.plan()["case"]
    assert "delete_client_refused" in desk.refused(3, "approve", case, "--by", "Anna")
    assert desk.show(case)["plan"]["approvals"] == []
    assert desk.run(case).code == 3
    desk.assert_nothing_was_changed()


def test_a_case_that_is_not_there_cannot_be_approved(desk: Desk) -> None:
    desk.plan()
    assert "'c-nothing'" in desk.refused(2, "approve", "c-nothing", "--by", "Anna")


def test_a_cancelled_case_cannot_be_approved(desk: Desk) -> None:
    case = desk.plan()["case"]
    assert desk.call("cancel", case, "--by", "Anna", "--reason", "a mistake").code == 0
    assert desk.call("approve", case, "--by", "Anna").code == 2
    assert desk.show(case)["plan"]["approvals"] == []


def test_the_beginning_of_a_case_id_is_enough(desk: Desk) -> None:
    case = desk.plan()["case"]
    assert desk.call("approve", case[:6], "--by", "Anna", "--json").json()["case"] == case


def test_two_people_approve_the_whole_case_where_a_step_destroys_data(tmp_path: Path) -> None:
    with at_work(tmp_path, poweroffice=PowerOfficeSimulator()) as desk:
        desk.ask("[options.poweroffice]", "[options.poweroffice]\nclient_stops = true")
        planned = desk.plan()
        assert planned["plan"]["needed"] == 2
        assert any("destroys-data" in step["effects"] for step in planned["steps"] if step["mode"] != "not_needed")
        case = planned["case"]
        assert desk.call("approve", case, "--by", "Anna", "--json").json()["state"] == "planned"
        assert desk.call("approve", case, "--by", "anna").code == 3
        assert desk.run(case).code == 3
        desk.assert_nothing_was_changed()
        approved = desk.call("approve", case, "--by", "Berit", "--json").json()
        assert [a["by"] for a in approved["plan"]["approvals"]] == ["Anna", "Berit"]
        assert approved["state"] != "planned"
