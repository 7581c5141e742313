"""One changed byte, or one link that came back, is found; and what cannot be looked at is not called sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from disengage.store.triggers import SQLITE
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """Give the folder of a case that is closed."""
    folder = tmp_path_factory.mktemp("finished")
    with at_work(folder, empty_store, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        assert desk.finish(desk.planned())["state"] == "closed"
    return folder


@pytest.fixture
def done(tmp_path: Path, finished: Path) -> Iterator[Desk]:
    """Give a desk with a closed case, and the platforms as the case left them."""
    with at_work(tmp_path, finished, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        desk.platform("banqup").sever("client-0001")
        crm = desk.platform("crm")
        end = (finished / "request.toml").read_text(encoding="utf-8").partition("\nends_on = ")[2][:10]
        for column, value in (("Klantstatus", "Geen klant meer"), ("Einde relatie", end), ("Facturatie aan", "")):
            crm.set_cell("10001", column, value)
        yield desk


def _change(done: Desk, statement: str) -> None:
    """Change the event log as somebody would who may do anything with the file."""
    with closing(sqlite3.connect(done.store)) as connection, connection:
        for name in SQLITE:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for trigger in SQLITE.values():
            connection.execute(trigger)


def _differences(done: Desk) -> list[str]:
    answer = done.call("verify", "--json")
    found: list[str] = answer.json()["differences"]
    assert (answer.code, answer.json()["sound"]) == ((6, False) if found else (0, True))
    return found


def test_what_is_as_it_was_recorded_is_sound(done: Desk) -> None:
    assert _differences(done) == []
    report = done.call("verify", "--json").json()
    assert (report["bags"], report["links"], report["not_checked"]) == (2, 2, [])
    assert report["events"] == done.sql("SELECT count(*) FROM events")[0][0]


@pytest.mark.parametrize("name", ["client.json", "jaarrekening-2025.txt", "bag-info.txt", "bag-profile.json"])
def test_one_changed_byte_in_a_bag_is_found(done: Desk, name: str) -> None:
    (file,) = [f for f in (done.folder / "vault").rglob(name) if "crm" in f.parts]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)
    found = _differences(done)
    assert found
    assert all("retain_history" in line for line in found)


def test_a_file_that_is_gone_from_a_bag_and_one_too_many_are_found(done: Desk) -> None:
    (file,) = (done.folder / "vault").rglob("client.json")
    file.with_name("more.json").write_text("{}", encoding="utf-8")
    assert any("more.json" in line for line in _differences(done))
    file.unlink()
    assert any("client.json" in line for line in _differences(done))


@pytest.mark.parametrize("column", ["at", "kind", "actor", "payload", "case_id", "previous", "hash"])
def test_one_changed_byte_in_the_event_log_is_found(done: Desk, column: str) -> None:
    _change(done, f"UPDATE events SET {column} = replace({column}, substr({column}, 5, 1), '~') WHERE seq = 3")
    assert any("event 3" in line for line in _differences(done))


def test_an_event_that_was_taken_out_is_found(done: Desk) -> None:
    _change(done, "DELETE FROM events WHERE seq = 4")
    assert any("event 4 is missing" in line for line in _differences(done))


def test_a_log_whose_end_was_cut_off_is_found(done: Desk) -> None:
    _change(done, "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
    assert _differences(done)


def test_the_event_log_refuses_to_be_changed(done: Desk) -> None:
    for statement in ("UPDATE events SET actor = 'x' WHERE seq = 1", "DELETE FROM events WHERE seq = 1"):
        with pytest.raises(sqlite3.DatabaseError):
            done.sql(statement)


def test_a_link_that_came_back_is_found(done: Desk) -> None:
    done.platform("banqup").set_status("client-0001", "Active")
    (line,) = _differences(done)
    assert "banqup.sever_link" in line


def test_a_cell_that_was_changed_back_is_found(done: Desk) -> None:
    done.platform("crm").set_cell("10001", "Facturatie aan", "10000")
    (line,) = _differences(done)
    assert "crm.settle_billing" in line


def test_a_platform_that_cannot_be_reached_is_said_to_be_unchecked(done: Desk) -> None:
    done.secrets["BANQUP_CLIENT_SECRET"] = "wrong"
    report = done.call("verify", "--json").json()
    assert [line.split(": ")[0].split()[1] for line in report["not_checked"]] == ["banqup"]
    assert report["links"] == 1


def test_a_case_of_many_can_be_verified_alone(done: Desk) -> None:
    (case,) = done.call("cases", "--json").json()["cases"]
    done.platform("banqup").set_status("client-0001", "Active")
    assert done.call("verify", case["case"]).code == 6
    assert "'c-nothing'" in done.refused(2, "verify", "c-nothing")


def test_verifying_changes_nothing(done: Desk) -> None:
    before = done.sql("SELECT count(*) FROM events"), done.call("cases", "--json").out
    assert _differences(done) == []
    assert (done.sql("SELECT count(*) FROM events"), done.call("cases", "--json").out) == before
    assert done.changing() == []
