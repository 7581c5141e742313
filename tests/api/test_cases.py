"""Cases as programs see them: whole, in lists, found, and only when they have changed."""

from __future__ import annotations

from typing import Any

import pytest
from disengage.cli.simulating import Simulation

from tests.api.programs import Program, problem, program
from tests.web.firm import Firm


@pytest.fixture(scope="module")
def cases(firm: Firm) -> list[str]:
    """Give three cases of the same client, oldest first: each ends on another day."""
    made = [firm.plan()["case"]]
    for day in ("2027-01-31", "2027-02-28"):
        ends = [line for line in (firm.desk.folder / "request.toml").read_text().splitlines() if "ends_on" in line]
        firm.desk.ask(ends[0], f"ends_on = {day}")
        made.append(firm.plan()["case"])
    return made


@pytest.fixture(scope="module")
def viewer(firm: Firm) -> Program:
    return program(firm, "viewer")


def test_a_case_is_told_as_the_command_line_tells_it(firm: Firm, viewer: Program, cases: list[str]) -> None:
    assert viewer.told(f"/cases/{cases[0]}") == firm.desk.show(cases[0])


def test_a_case_that_has_not_changed_is_not_told_again(viewer: Program, cases: list[str]) -> None:
    etag = viewer.get(f"/cases/{cases[0]}").headers["etag"]
    again = viewer.get(f"/cases/{cases[0]}", headers={"If-None-Match": f'"another", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert viewer.get(f"/cases/{cases[0]}", headers={"If-None-Match": '"another"'}).status_code == 200


def test_lists_are_not_told_again_either(viewer: Program, cases: list[str]) -> None:
    etag = viewer.get("/cases").headers["etag"]
    assert viewer.get("/cases", headers={"If-None-Match": etag}).status_code == 304


def test_a_list_is_told_in_parts_that_link_to_each_other(viewer: Program, cases: list[str]) -> None:
    assert _followed(viewer, "/cases?limit=2") == [cases[:0:-1], cases[:1]]
    assert _followed(viewer, "/cases?limit=1&oldest_first=true") == [[case] for case in cases]


def _followed(viewer: Program, path: str) -> list[list[str]]:
    parts = []
    while path:
        answer = viewer.get(path)
        parts.append([case["case"] for case in answer.json()["cases"]])
        path = answer.links["next"]["url"].removeprefix("/api/v1") if "next" in answer.links else ""
        assert (answer.json()["next"] is None) == (path == "")
    return parts


def test_a_list_holds_what_it_was_asked_for(viewer: Program, cases: list[str]) -> None:
    def listed(query: str) -> list[str]:
        return [case["case"] for case in viewer.told(f"/cases?{query}")["cases"]]

    assert listed("state=planned&connection=crm") == cases[::-1]
    assert listed("state=closed&state=cancelled") == []
    assert listed("connection=elsewhere") == []


def test_a_filter_that_is_misspelt_does_not_find_everything(viewer: Program) -> None:
    answer = viewer.get("/cases?stat=planned")
    assert problem(answer) == (422, "input")
    assert answer.json()["errors"] == [{"field": "stat", "message": "is not known. Did you mean 'state'?"}]


def test_clients_are_searched_for_in_the_body_only(viewer: Program, cases: list[str]) -> None:
    found = viewer.post("/case-searches", {"words": "kafe nord", "limit": 2}, key="").json()
    rest = viewer.post("/case-searches", {"words": "974 760 673", "after": found["next"]}, key="").json()
    assert [case["case"] for case in (*found["cases"], *rest["cases"])] == cases[::-1]
    assert viewer.post("/case-searches", {"words": "nobody"}, key="").json() == {"cases": [], "next": None}


def test_events_go_on_where_they_were_left(viewer: Program, cases: list[str]) -> None:
    first = viewer.told(f"/cases/{cases[1]}/events?limit=1")
    rest = viewer.told(f"/cases/{cases[1]}/events?after={first['next']}")
    assert [event["kind"] for event in (*first["events"], *rest["events"])] == ["case_opened", "planned"]
    assert rest["next"] is None
    everything = viewer.told("/events?limit=100")["events"]
    assert [e for e in everything if e["case"] == cases[1]] == [*first["events"], *rest["events"]]


@pytest.mark.parametrize(
    "path",
    ["/cases/c-aaaaaaaaaa", "/cases/nonsense", "/cases/c-aaaaaaaaaa/events", "/tasks/t-1", "/connections/none",
     "/problems/none", "/nothing", "/cases/%00", "/connections/a%0Ab", "/cases/c-aaaaaaaaaa/bags/1/files"],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_of_its_own(firm: Firm, path: str) -> None:
    assert problem(program(firm, "archivist").get(path)) == (404, "not-there")


def test_a_method_that_an_address_does_not_take_is_told_which_it_takes(viewer: Program) -> None:
    answer = viewer.http.delete("/cases")
    assert problem(answer) == (405, "wrong-method")
    assert answer.headers["allow"] in ("GET", "POST")


def test_dates_are_told_in_parts(viewer: Program, cases: list[str]) -> None:
    everything = viewer.told("/dates?limit=1000")["dates"]
    first = viewer.told("/dates?limit=3")
    rest = viewer.told("/dates", params={"after": first["next"], "limit": 1000})
    assert [*first["dates"], *rest["dates"]] == everything
    some = viewer.told("/dates?from=2027-02-01&to=2027-03-15&kind=step")["dates"]
    assert some == [d for d in everything if "2027-02-01" <= d["day"] <= "2027-03-15" and d["kind"] == "step"]
    assert {date["case"] for date in some} == {cases[1], cases[2]}


def test_every_kind_of_problem_is_described_where_its_type_leads(viewer: Program) -> None:
    kinds: list[dict[str, Any]] = viewer.told("/problems")["problems"]
    assert [viewer.told(kind["type"].removeprefix("/api/v1")) for kind in kinds] == kinds


def test_the_simulators_saw_no_changing_call(firm: Firm, cases: list[str]) -> None:
    assert isinstance(firm.desk.simulation, Simulation)
    firm.desk.assert_nothing_was_changed()
