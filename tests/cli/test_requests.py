"""A request that is wrong in itself is one clear message; one that must not be carried out is a blocker."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.cli.desk import Desk, codes

INVALID = {
    "no end date": ("ends_on =", "# ends_on =", ("'ending.ends_on'", "missing")),
    "an end date that is none": ("ends_on =", 'ends_on = "soon" #', ("'ending.ends_on'", "2026-12-31")),
    "an end date beyond all dates": ("ends_on =", "ends_on = 9999-12-31 #", ("'ending.ends_on'", "2199")),
    "an end date with a time": ("ends_on =", "ends_on = 2026-12-31T10:00:00 #", ("'ending.ends_on'", "2026-12-31")),
    "an invalid organisation number": ('orgnr = "974760673"', 'orgnr = "974760674"', ("identifiers.orgnr", "orgnr")),
    "a period that ends before it starts": (
        "period = {",
        "period = { from = 2026-02-01, to = 2026-01-01 } #",
        ("'ending.period'", "before"),
    ),
    "no period": ("period =", "# period =", ("'ending.period'", "missing")),
    "an unknown reason": ('"moved-to-other-firm"', '"moved"', ("'ending.reason'", "moved-to-other-firm")),
    "no name": ('name = "Nordlys Kafé AS"', "", ("'client.name'", "missing")),
    "a country that is none": ('country = "NO"', 'country = "Norway"', ("'client.country'",)),
    "an unknown key": ("[administrator]", 'colour = "blue"\n\n[administrator]', ("'ending.colour'",)),
    "a misspelt table": ("[administrator]", "[administator]", ("'administator'", "'administrator'")),
    "an administrator without an address": (
        'email = "kari@nordlys.example"',
        'email = "kari at nordlys"',
        ("'administrator.email'",),
    ),
    "an unknown kind": ("[client]", 'kind = "pause"\n\n[client]', ("'kind'", "'ending'")),
    "an unknown option": ("keep_billing_to", "keep_biling_to", ("'options.crm.keep_biling_to'", "'keep_billing_to'")),
    "an option of the wrong type": (
        "keep_billing_to = false",
        'keep_billing_to = "perhaps"',
        ("'options.crm.keep_billing_to'", "true or false"),
    ),
    "an option for an unknown connection": ("[options.crm]", "[options.crn]", ("'options.crn'", "'crm'")),
    "a reference to an unknown connection": (
        "references = {",
        'references = { bankup = "x",',
        ("'client.references.bankup'", "'banqup'"),
    ),
    "an empty reference": ('banqup = "client-0001"', 'banqup = " "', ("'client.references.banqup'",)),
    "what is not TOML": ("[client]", "[client", (":1:", "TOML")),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_request_is_refused_by_naming_the_file_and_the_field(desk: Desk, case: str) -> None:
    old, new, words = INVALID[case]
    desk.ask(old, new)
    message = desk.refused(2, "plan", "request.toml")
    assert message.startswith("request.toml")
    assert [word for word in words if word not in message] == [], message
    assert "974760673" not in message
    assert "kari" not in message
    assert desk.calls_at() == []
    assert desk.call("cases", "--json").json() == {"cases": []}


def test_a_request_file_that_is_not_there_is_named(desk: Desk) -> None:
    assert "elsewhere.toml" in desk.refused(2, "plan", "elsewhere.toml")


def test_a_request_file_of_another_kind_is_refused(desk: Desk) -> None:
    (desk.folder / "request.txt").write_text("please end Nordlys", encoding="utf-8")
    assert ".toml or .csv" in desk.refused(2, "plan", "request.txt")


def test_a_request_that_is_not_utf_8_names_its_line(desk: Desk) -> None:
    file = desk.folder / "request.toml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("latin-1"))
    message = desk.refused(2, "plan", "request.toml")
    assert "UTF-8" in message
    assert "line 2" in message


def test_one_wrong_request_among_many_keeps_all_of_them_out(desk: Desk) -> None:
    text = (desk.folder / "request.toml").read_text(encoding="utf-8")
    (desk.folder / "second.toml").write_text(text.replace("[options.crm]", "[options.crn]"), encoding="utf-8")
    assert desk.refused(2, "plan", "request.toml", "second.toml").startswith("second.toml")
    assert desk.call("cases", "--json").json() == {"cases": []}


# --- blockers


def test_a_client_found_nowhere_is_a_blocker(desk: Desk) -> None:
    desk.ask('orgnr = "974760673"', 'orgnr = "923609016"')
    desk.ask("references = {", "references = {} #")
    answer = desk.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 3
    assert codes(case) == {("client_found_nowhere", None)}
    assert codes(case, "warning") >= {("client_not_found", "banqup"), ("client_not_found", "crm")}
    assert case["steps"] == []


def test_a_client_that_one_connection_does_not_know_is_a_warning(desk: Desk) -> None:
    desk.ask("references = {", "references = {} #")
    desk.platform("banqup").clients.clear()
    answer = desk.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 0
    assert ("client_not_found", "banqup") in codes(case, "warning")
    assert [link["connection"] for link in case["links"]] == ["crm"]


def test_a_client_found_twice_on_one_connection_is_a_blocker(desk: Desk) -> None:
    desk.ask("references = {", "references = {} #")
    clients = desk.platform("banqup").clients
    clients["client-twin"] = type(clients["client-0001"])("client-twin", "Nordlys Kafé AS", "974760673")
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 3
    assert codes(answer.json()["cases"][0]) == {("client_found_twice", "banqup")}


@pytest.mark.parametrize("connection", ["banqup", "crm"])
def test_a_reference_that_does_not_exist_is_a_blocker(desk: Desk, connection: str) -> None:
    given = {"banqup": "client-0001", "crm": "10001"}[connection]
    desk.ask(f'{connection} = "{given}"', f'{connection} = "no-such"')
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 3
    assert codes(answer.json()["cases"][0]) == {("client_not_found", connection)}


def test_deleting_a_client_is_a_blocker_that_gives_the_reason_and_its_source(desk: Desk) -> None:
    desk.ask("keep_billing_to = false", "keep_billing_to = false\ndelete_client = true")
    answer = desk.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 3
    assert codes(case) == {("delete_client_refused", "crm")}
    (finding,) = [f for f in case["findings"] if f["severity"] == "blocker"]
    assert finding["remedy"]
    assert finding["source"].startswith("https://")


def test_a_missing_choice_about_the_invoices_is_a_blocker(desk: Desk) -> None:
    desk.ask("keep_billing_to = false", "")
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 3
    assert codes(answer.json()["cases"][0]) == {("billing_to_choice_missing", "crm")}


def test_a_blocked_request_is_planned_in_the_same_case_once_it_is_corrected(desk: Desk) -> None:
    desk.ask("keep_billing_to = false", "delete_client = true")
    blocked = desk.plan()
    desk.ask("delete_client = true", "keep_billing_to = true")
    clear = desk.plan()
    assert clear["case"] == blocked["case"]
    assert codes(clear) == set()


def test_taking_a_client_over_is_a_blocker_and_ends_nothing(desk: Desk) -> None:
    desk.ask("[client]", 'kind = "takeover"\n\n[client]')
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 3
    assert ("takeover_not_supported", None) in codes(answer.json()["cases"][0])


def test_a_gap_of_more_than_a_month_after_the_period_is_a_notice(desk: Desk) -> None:
    desk.ask("period = {", "period = { from = 2020-01-01, to = 2020-12-31 } #")
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 0
    assert ("period_gap", None) in codes(answer.json()["cases"][0], "notice")


def test_planning_changes_nothing_on_any_platform(desk: Desk) -> None:
    desk.plan()
    desk.assert_nothing_was_changed()
    assert desk.bags() == []


# --- the same request twice


def test_the_same_request_given_twice_is_the_same_case(desk: Desk) -> None:
    assert desk.plan() == desk.plan()
    assert len(desk.call("cases", "--json").json()["cases"]) == 1


def test_the_same_request_given_again_keeps_its_approvals(desk: Desk) -> None:
    case = desk.planned()
    assert desk.plan()["case"] == case
    assert [a["by"] for a in desk.show(case)["plan"]["approvals"]] == ["Anna Ansvarlig"]


def test_changed_options_plan_the_same_case_again_and_approvals_fall_away(desk: Desk) -> None:
    case = desk.planned()
    before = desk.show(case)
    desk.ask("keep_billing_to = false", "keep_billing_to = true")
    after = desk.plan()
    assert after["case"] == case
    assert after["plan"]["hash"] != before["plan"]["hash"]
    assert (after["plan"]["approvals"], after["state"]) == ([], "planned")
    assert desk.run(case).code == 3
    desk.assert_nothing_was_changed()


def test_changed_options_are_refused_once_something_was_carried_out(desk: Desk) -> None:
    case = desk.planned()
    assert desk.run(case).code == 4
    before = desk.show(case)
    desk.ask("keep_billing_to = false", "keep_billing_to = true")
    assert case in desk.refused(3, "plan", "request.toml")
    assert desk.show(case) == before
    desk.ask("keep_billing_to = true", "keep_billing_to = false")
    assert desk.plan() == before


def test_a_case_in_which_nothing_was_left_to_do_is_planned_again_when_there_is(bank: Desk) -> None:
    bank.platform("banqup").lose("client-0001")
    before = bank.plan()
    assert before["state"] == "closed"
    bank.platform("banqup").accept("client-0001")
    after = bank.plan()
    assert (after["case"], after["state"]) == (before["case"], "planned")


def test_another_end_date_is_another_case(desk: Desk) -> None:
    first = desk.plan()
    desk.set_up(ends_on=date(2030, 6, 30))
    assert desk.plan()["case"] != first["case"]


# --- many requests

HEADING = (
    "name;country;identifiers.orgnr;reference.banqup;reason;notice_on;ends_on;period_from;period_to;"
    "option.crm.keep_billing_to"
)
GOOD = "Nordlys Kafé AS;NO;974760673;client-0001;moved-to-other-firm;2026-01-22;2026-03-31;2024-01-01;2026-03-31;false"


def _rows(desk: Desk, *lines: str, encoding: str = "utf-8") -> Path:
    file = desk.folder / "requests.csv"
    file.write_text("\n".join(lines) + "\n", encoding=encoding)
    return file


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_of_requests_opens_a_case_per_row(desk: Desk, delimiter: str, encoding: str) -> None:
    second = GOOD.replace("2026-03-31", "2026-06-30")
    _rows(desk, *(line.replace(";", delimiter) for line in (HEADING, GOOD, second)), encoding=encoding)
    answer = desk.call("plan", "requests.csv", "--json")
    assert answer.code == 0
    assert [case["ends_on"] for case in answer.json()["cases"]] == ["2026-03-31", "2026-06-30"]


BAD_ROWS = {
    "an invalid number": (GOOD.replace("974760673", "974760674"), "identifiers.orgnr"),
    "a date that is none": (GOOD.replace("2026-01-22", "22.01.2026"), "'notice_on'"),
    "a cell too few": (GOOD.rpartition(";")[0], "9 cells"),
    "an option of the wrong type": (GOOD.replace("false", "perhaps"), "keep_billing_to"),
    "no end date": (GOOD.replace("2026-03-31", "", 1), "'ends_on'"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_named_by_its_line_and_no_row_is_taken(desk: Desk, case: str) -> None:
    row, words = BAD_ROWS[case]
    _rows(desk, HEADING, GOOD.replace("2026-03-31", "2026-06-30"), row)
    message = desk.refused(2, "plan", "requests.csv")
    assert message.startswith("requests.csv:3:")
    assert words in message
    assert "97476067" not in message
    assert desk.call("cases", "--json").json() == {"cases": []}


def test_a_table_in_another_encoding_names_the_line(desk: Desk) -> None:
    _rows(desk, HEADING, GOOD, encoding="latin-1")
    message = desk.refused(2, "plan", "requests.csv")
    assert "requests.csv:2" in message
    assert "UTF-8" in message


def test_a_missing_column_is_named(desk: Desk) -> None:
    _rows(desk, HEADING.replace("ends_on;", ""), GOOD)
    message = desk.refused(2, "plan", "requests.csv")
    assert message.startswith("requests.csv:1:")
    assert "'ends_on' is missing" in message


def test_an_unknown_column_is_named_with_the_nearest(desk: Desk) -> None:
    _rows(desk, HEADING.replace("country", "contry"), GOOD)
    message = desk.refused(2, "plan", "requests.csv")
    assert "'contry'" in message
    assert "'country'" in message


def test_an_option_of_an_unknown_connection_names_the_row(desk: Desk) -> None:
    _rows(desk, HEADING.replace("option.crm.", "option.crn."), GOOD)
    message = desk.refused(2, "plan", "requests.csv")
    assert message.startswith("requests.csv:2:")
    assert "crn" in message
