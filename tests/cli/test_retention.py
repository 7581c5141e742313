"""``disengage retention``: what a person reads and a program is given, and how each command ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work

BOOKS = "no-accounting-books"


def _long_ago(desk: Desk) -> None:
    """Let the request be about years whose books need not be kept any more."""
    file = desk.folder / "request.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    dates = {
        "notice_on": "2015-10-01",
        "ends_on": "2015-12-31",
        "period": "{ from = 2014-01-01, to = 2015-12-31 }",
    }
    kept = [next((f"{key} = {day}" for key, day in dates.items() if line.startswith(key)), line) for line in lines]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Give the folder of a case that is closed, about years long gone."""
    folder = tmp_path_factory.mktemp("finished")
    with at_work(folder, empty_store, crm=TableSimulator()) as desk:
        _long_ago(desk)
        assert desk.finish(desk.planned())["state"] == "closed"
    return folder


@pytest.fixture
def desk(tmp_path: Path, finished: Path) -> Iterator[Desk]:
    with at_work(tmp_path, finished, crm=TableSimulator()) as made:
        end = "2015-12-31"
        for column, value in (("Klantstatus", "Geen klant meer"), ("Einde relatie", end), ("Facturatie aan", "")):
            made.platform("crm").set_cell("10001", column, value)
        yield made


@pytest.fixture
def case(desk: Desk) -> str:
    found: str = desk.call("cases", "--json").json()["cases"][0]["case"]
    return found


def json_of(desk: Desk, *arguments: str, code: int = 0) -> Any:
    answer = desk.call("retention", *arguments, "--json")
    assert answer.code == code, answer.err
    return answer.json()


def test_a_case_is_shown_with_class_date_reason_source_and_who_verified_it(desk: Desk, case: str) -> None:
    document = json_of(desk, case)
    books = next(kind for kind in document["classes"] if kind["class"] == "books")
    assert (document["until"], document["destroy_from"]) == ("2020-12-31", "2021-01-01")
    assert (books["until"], books["rule"]["id"], books["rule"]["basis"]) == ("2020-12-31", BOOKS, "secondary")
    assert books["rule"]["verified_by_professional"] is False
    assert books["why"] == "Kept for 5 years from the end of the financial year (2015-12-31): through 2020-12-31."
    assert [year["until"] for year in books["years"]] == ["2019-12-31", "2020-12-31"]
    assert "construction: project accounts are kept for 10 years" in books["longer_if"]
    assert [(bag["step"], bag["until"], bag["may_be_destroyed"]) for bag in document["bags"]] == [
        ("crm.retain_history", "2020-12-31", True)
    ]
    shown = desk.call("retention", case).out
    for words in ("2019-12-31", "2020-12-31", "secondary source", books["rule"]["source"], "longer if"):
        assert words in shown
    assert shown.count("verified by a professional: no") == len(document["classes"])
    assert "The duty to keep books stays with the client" in shown


def test_options_may_stand_before_the_case_or_the_word(desk: Desk, case: str) -> None:
    config = str(desk.folder / "disengage.toml")
    plain = desk.call("retention", case, "--json").out
    assert desk.call("retention", "--json", case).out == plain
    assert desk.call("retention", "--config", config, "--json", case).out == plain
    assert desk.call("retention", "--json", "due").json()["may_be_destroyed"][0]["case"] == case
    assert desk.call("retention", case[:5], "--json").out == plain


def test_what_is_due_is_listed_and_nothing_is_destroyed(desk: Desk, case: str) -> None:
    before = desk.bags()
    document = json_of(desk, "due")
    (found,) = document["may_be_destroyed"]
    assert (found["case"], found["until"], found["rule"]) == (case, "2020-12-31", BOOKS)
    assert (document["must_be_deleted"], document["on_hold"]) == ([], [])
    assert json_of(desk, "due", "--on", "2020-12-31")["may_be_destroyed"] == []
    assert json_of(desk, "due", "--on", "2021-01-01")["may_be_destroyed"] != []
    assert case in desk.call("retention", "due").out
    assert desk.bags() == before


def test_identity_data_that_must_go_is_listed_apart_with_what_holds_it(desk: Desk, case: str) -> None:
    desk.configure('country = "NO"', 'country = "NL"')
    document = json_of(desk, "due", "--on", "2021-01-01")
    (found,) = document["must_be_deleted"]
    (data,) = found["data"]
    assert (data["class"], data["from"], data["rule"]["id"]) == ("identity", "2021-01-01", "nl-aml-identity")
    assert data["held_by"] is None
    assert "identity data must be deleted from 2021-01-01 on" in desk.call("retention", "due").out
    assert json_of(desk, "due", "--on", "2020-12-31")["must_be_deleted"] == []


def test_two_people_destroy_and_one_twice_does_not(desk: Desk, case: str) -> None:
    first = json_of(desk, "destroy", case, "--by", "Kari", code=4)
    assert (first["destroyed"], len(first["bags"]), first["approvals_needed"]) == (None, 1, 2)
    assert "already" in desk.refused(3, "retention", "destroy", case, "--by", "kari")
    answer = desk.call("retention", "destroy", case, "--by", "Ola")
    assert (answer.code, "Certificate:" in answer.out) == (0, True)
    document = json_of(desk, case)
    assert (document["bags"], len(document["destroyed"])) == ([], 1)
    assert desk.bags() == [document["destroyed"][0]["certificate"]["bag"]]
    assert json_of(desk, "due")["may_be_destroyed"] == []
    verified = desk.call("verify", "--json")
    assert (verified.code, verified.json()["differences"]) == (0, [])
    assert "nothing is kept" in desk.refused(3, "retention", "destroy", case, "--by", "Per")


def test_the_first_of_two_people_is_told_that_nothing_was_destroyed(desk: Desk, case: str) -> None:
    answer = desk.call("retention", "destroy", case, "--by", "Kari")
    assert (answer.code, "Nothing was destroyed yet" in answer.out) == (4, True)
    assert "Destruction approved by Kari" in desk.call("retention", case).out


def test_a_hold_is_shown_stops_destruction_and_is_lifted(desk: Desk, case: str) -> None:
    document = json_of(desk, "hold", case, "--by", "Kari", "--reason", "A tax audit")
    assert [(hold["by"], hold["reason"]) for hold in document["holds"]] == [("Kari", "A tax audit")]
    assert "a legal hold stands" in desk.refused(3, "retention", "destroy", case, "--by", "Ola")
    due = json_of(desk, "due")
    assert (due["may_be_destroyed"], [found["case"] for found in due["on_hold"]]) == ([], [case])
    assert "On hold" in desk.call("retention", case).out
    assert "A tax audit" in desk.call("retention", "due").out
    desk.call("retention", "release", case, "--by", "Kari", "--reason", "Over")
    assert json_of(desk, case)["holds"] == []
    assert "is not on hold" in desk.refused(2, "retention", "release", case, "--by", "Kari", "--reason", "Over")


def test_no_name_and_no_reason_stands_in_clear_in_the_store(desk: Desk, case: str) -> None:
    desk.call("retention", "hold", case, "--by", "Birgitta", "--reason", "Sealed Reason")
    rows = desk.sql("SELECT * FROM legal_holds")
    assert rows
    assert not any(word in str(rows) for word in ("Birgitta", "Sealed Reason"))
    kinds = desk.sql("SELECT payload FROM events WHERE kind = 'retention_hold'")
    assert "Sealed Reason" not in str(kinds)


def test_the_firms_own_rules_are_shown_as_such(desk: Desk, case: str) -> None:
    desk.add_configuration('[retention]\nrules = "own"')
    (desk.folder / "own").mkdir()
    (desk.folder / "own" / "no.toml").write_text(
        """
        country = "NO"
        as_of = 2027-02-01
        version = "2"
        [[rule]]
        id = "no-accounting-books"
        duty_of = "client"
        regime = "accounting"
        document_class = "books"
        years = 15
        trigger = "financial_year_end"
        rounding = "exact"
        source = "https://firm.example/handbook"
        basis = "secondary"
        verified_by_professional = "Kari Nordmann, 2027-02-01"
        """,
        encoding="utf-8",
    )
    document = json_of(desk, case)
    rule = next(kind["rule"] for kind in document["classes"] if kind["class"] == "books")
    assert (document["until"], rule["own"]) == ("2030-12-31", True)
    assert rule["verified_by_professional"] == "Kari Nordmann, 2027-02-01"
    shown = desk.call("retention", case).out
    assert "the firm's own" in shown


@pytest.mark.parametrize(
    ("configuration", "complaint"),
    [
        ('[retention]\nrules = "nowhere"', "there is no folder"),
        ('[retention]\nrule = "own"', "'retention.rule' is not known. Did you mean 'rules'?"),
        ('[retention.classes]\n"crm.retain_history" = ["ledgers"]', "'retention.classes.crm.retain_history.0' must be"),
        ('[retention.classes]\n"crm.retain_history" = []', "'retention.classes.crm.retain_history'"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_named(
    desk: Desk, case: str, configuration: str, complaint: str
) -> None:
    desk.add_configuration(configuration)
    assert complaint in desk.refused(2, "retention", case)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("c-none",), "There is no case 'c-none'."),
        (("destroy", "c-none", "--by", "Kari"), "There is no case 'c-none'."),
        (("due", "--on", "soon"), "--on is not a date."),
    ],
)
def test_what_is_not_there_is_refused(desk: Desk, arguments: tuple[str, ...], complaint: str) -> None:
    assert desk.refused(2, "retention", *arguments) == complaint


def test_the_words_stand_in_the_help_page(desk: Desk) -> None:
    shown = desk.call("retention", "--help").out
    for word in ("CASE", "due", "hold", "release", "destroy"):
        assert f"\n  {word} " in shown


def test_the_certificate_names_every_file_and_nothing_of_the_client(desk: Desk, case: str) -> None:
    for who in ("Kari", "Ola"):
        desk.call("retention", "destroy", case, "--by", who)
    (file,) = (desk.folder / "vault").rglob("certificate.json")
    certificate = json.loads(file.read_text(encoding="utf-8"))
    assert all(len(kept["sha256"]) == 64 for bag in certificate["bags"] for kept in bag["files"])
    assert "Nordlys" not in json.dumps(certificate)
