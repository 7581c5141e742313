"""Who asked for an ending is never the one whose approval lets it begin, where more than one is needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.desk import Desk


def plan(desk: Desk, approvals: int, by: str = "Anna Ansvarlig") -> str:
    """Plan by somebody where so many approvals are needed; return the case's id."""
    desk.configure("[vault]", f"[policy]\napprovals = {approvals}\n\n[vault]")
    return str(plan_again(desk, by)["case"])


def plan_again(desk: Desk, by: str = "") -> dict[str, Any]:
    answer = desk.call("plan", "request.toml", "--json", *(["--by", by] if by else []))
    assert answer.code == 0, answer.err
    case: dict[str, Any] = answer.json()["cases"][0]
    return case


def approved(desk: Desk, case: str) -> list[str]:
    return [approval["by"] for approval in desk.show(case)["plan"]["approvals"]]


@pytest.mark.parametrize("who", ["Anna Ansvarlig", "anna ANSVARLIG", " Anna  Ansvarlig "])
def test_who_asked_cannot_give_the_last_approval(desk: Desk, who: str) -> None:
    case = plan(desk, 2)
    assert desk.show(case)["asked_by"] == "Anna Ansvarlig"
    assert desk.call("approve", case, "--by", "Berit").code == 0
    assert "asked for this case" in desk.refused(3, "approve", case, "--by", who)
    assert approved(desk, case) == ["Berit"]
    assert desk.call("approve", case, "--by", "Cecilie").code == 0
    assert desk.show(case)["state"] == "approved"


def test_who_asked_may_be_the_first_and_then_cannot_be_the_second(desk: Desk) -> None:
    case = plan(desk, 2)
    assert desk.call("approve", case, "--by", "Anna Ansvarlig").code == 0
    assert "already" in desk.refused(3, "approve", case, "--by", "Anna Ansvarlig")
    assert desk.call("approve", case, "--by", "Berit").code == 0
    assert approved(desk, case) == ["Anna Ansvarlig", "Berit"]


def test_of_three_approvals_who_asked_may_give_any_but_the_last(desk: Desk) -> None:
    case = plan(desk, 3)
    for who in ("Berit", "Anna Ansvarlig"):
        assert desk.call("approve", case, "--by", who).code == 0
    assert desk.call("approve", case, "--by", "Cecilie").code == 0
    assert desk.show(case)["state"] == "approved"


def test_where_one_approval_is_enough_who_asked_may_give_it(desk: Desk) -> None:
    case = plan(desk, 1)
    assert desk.call("approve", case, "--by", "Anna Ansvarlig").code == 0


def test_planning_the_same_again_does_not_change_who_asked(desk: Desk) -> None:
    case = plan(desk, 2)
    for by in ("Berit", ""):
        assert plan_again(desk, by)["asked_by"] == "Anna Ansvarlig"
    desk.ask("keep_billing_to = false", "keep_billing_to = true")
    assert plan_again(desk)["asked_by"] == "Anna Ansvarlig"
    desk.ask("keep_billing_to = true", "keep_billing_to = false")
    assert plan_again(desk, "Berit")["asked_by"] == "Berit"
    assert desk.show(case)["asked_by"] == "Berit"


def test_who_asked_stands_in_the_log(desk: Desk) -> None:
    plan(desk, 2)
    rows = desk.sql("SELECT kind, actor FROM events ORDER BY seq")
    assert rows == [("case_opened", "Anna Ansvarlig"), ("planned", "Anna Ansvarlig")]


def test_where_nobody_was_named_nobody_is_kept_from_approving(desk: Desk) -> None:
    case = plan(desk, 2, by="")
    assert desk.show(case)["asked_by"] == ""
    for who in ("Anna Ansvarlig", "Berit"):
        assert desk.call("approve", case, "--by", who).code == 0
