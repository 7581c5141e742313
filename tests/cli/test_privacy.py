"""What is personal or secret stays where it belongs, through a whole case and every complaint about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work

#: The request's persons, addresses and number, and the only secret of these connections.
NAMES = ("Nordlys", "Kari Nordmann", "Ny Regnskap")
ADDRESSES = ("kari@nordlys.example", "post@ny.example")
NUMBER = "974760673"
SECRET = "simulated-app-key"
ANY_ADDRESS = re.compile(r"[\w.]+@[\w.]+")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[tuple[Desk, str]]:
    """Give a desk after a whole case with every kind of trouble, and all that went to stderr meanwhile."""
    folder = tmp_path_factory.mktemp("told")
    with at_work(folder, empty_store, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        desk.secrets["DISENGAGE_LOG"] = "debug"
        errors = [answer.err for answer in _everything(desk)]
        yield desk, "".join(errors)


def _everything(desk: Desk) -> Iterator[object]:
    yield desk.call("connectors", "check")
    desk.ask('orgnr = "974760673"', 'orgnr = "974760674"')
    yield desk.call("plan", "request.toml")
    desk.ask('orgnr = "974760674"', 'orgnr = "974760673"')
    yield desk.call("plan", "request.toml")
    (case,) = [found["case"] for found in desk.call("cases", "--json").json()["cases"]]
    yield desk.call("approve", case, "--by", "Anna Ansvarlig")
    yield desk.call("approve", case, "--by", "Anna Ansvarlig")
    yield desk.process("run", case)
    task = desk.open_task("banqup.retain_history")
    yield desk.call("task", "done", task["id"], "--by", "Per", "--evidence", "missing.zip")
    yield desk.call("task", "done", task["id"], "--by", "Per", "--note", "Kari said yes", "--evidence", "request.toml")
    desk.misbehave("banqup:409x1@POST archive,banqup:500x1@DELETE")
    yield desk.call("run", case)
    yield desk.call("retry", case)
    desk.others_act()
    yield desk.call("run", case)
    yield desk.call("show", case)
    yield desk.call("verify")
    desk.secrets["BANQUP_CLIENT_SECRET"] = "another-wrong-key"
    yield desk.call("connectors", "check")
    desk.secrets.pop("BANQUP_CLIENT_SECRET")


def test_logs_and_complaints_hold_no_name_address_number_or_secret(told: tuple[Desk, str]) -> None:
    _, errors = told
    assert "http.exchange" in errors
    assert [word for word in (*NAMES, *ADDRESSES, NUMBER, SECRET, "another-wrong-key") if word in errors] == []
    assert ANY_ADDRESS.findall(errors) == []
    assert "Bearer " not in errors


def test_the_event_log_holds_no_name_address_number_or_secret(told: tuple[Desk, str]) -> None:
    desk, _ = told
    text = "\n".join(" ".join(map(str, row)) for row in desk.sql("SELECT * FROM events"))
    assert "approved" in text
    assert [word for word in (*NAMES, *ADDRESSES, NUMBER, SECRET, "Kari said yes") if word in text] == []
    assert ANY_ADDRESS.findall(text) == []


def test_the_whole_store_holds_no_number_address_or_secret_in_clear(told: tuple[Desk, str]) -> None:
    desk, _ = told
    content = b"".join(file.read_bytes() for file in desk.folder.glob("disengage.db*"))
    assert [word for word in (*NAMES, *ADDRESSES, NUMBER, SECRET) if word.encode() in content] == []


def test_nothing_that_is_kept_in_the_folder_holds_the_secret(told: tuple[Desk, str]) -> None:
    desk, _ = told
    holding = [f.name for f in desk.folder.rglob("*") if f.is_file() and SECRET.encode() in f.read_bytes()]
    assert holding == []


def test_store_and_key_are_their_owners_alone(new_desk: Desk) -> None:
    new_desk.plan()
    for name in ("disengage.db", "disengage.key"):
        assert (new_desk.folder / name).stat().st_mode & 0o077 == 0


def test_the_case_itself_is_shown_to_those_who_ask_for_it(told: tuple[Desk, str]) -> None:
    desk, _ = told
    (case,) = desk.call("cases", "--json").json()["cases"]
    assert case["state"] == "closed"
    assert "Nordlys Kafé AS" in desk.call("show", case["case"]).out
