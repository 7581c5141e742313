"""The daemon as a process, from outside: it works beside people's commands, and lives and stops as it should."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work
from tests.daemon.service import Service, ask, configure, free_port, request_of, serving, until

CLIENTS = 4


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a daemon that all tests of this page share; each has a client of its own."""
    folder = tmp_path_factory.mktemp("service")
    with at_work(folder, banqup=BanqupSimulator(clients=CLIENTS), crm=TableSimulator(clients=CLIENTS)) as desk:
        configure(desk, inbox="inbox", health_port=free_port())
        with serving(desk, WATCHDOG_USEC="2000000") as running:
            yield running


def port(desk: Desk) -> int:
    text = (desk.folder / "disengage.toml").read_text(encoding="utf-8")
    return int(text.partition("health_port = ")[2].split()[0])


def until_closed(desk: Desk, case: str) -> None:
    """Answer tasks and let the others act, as people do beside a daemon, until the case is closed."""

    def closed() -> bool:
        desk.answer_tasks()
        desk.others_act()
        if any(step["waits_for"] == "platform" for step in desk.show(case)["steps"]):
            desk.call("retry", case)
        return bool(desk.show(case)["state"] == "closed")

    until(closed, f"case {case} closed")


def test_a_case_is_done_to_its_end_while_people_use_the_other_commands(service: Service) -> None:
    case = service.desk.planned()
    until_closed(service.desk, case)
    assert service.desk.stands(case)["banqup.sever_link"] == ("done", None)
    calls = service.desk.changing("banqup")
    assert len(calls) == len(set(calls))


@pytest.mark.parametrize("command", ["run", "daemon"])
def test_on_a_sqlite_store_no_other_process_works_meanwhile(service: Service, command: str) -> None:
    request_of(service.desk, 4, service.desk.folder / "other.toml")
    case = service.desk.call("plan", "other.toml", "--json").json()["cases"][0]["case"]
    service.desk.call("approve", case, "--by", "Anna Ansvarlig")
    answer = service.desk.process(*([command, case] if command == "run" else [command]))
    assert answer.code == 2
    assert "works on the store" in answer.err
    assert "a daemon does what is ready by itself" in answer.err


def test_a_request_dropped_into_the_inbox_is_planned_and_answered(service: Service) -> None:
    inbox = service.desk.folder / "inbox"
    request_of(service.desk, 3, inbox / "kunde.toml")
    answer = inbox / "done" / "kunde.toml.result.json"
    until(answer.exists)
    document = json.loads(answer.read_text(encoding="utf-8"))
    (case,) = document["cases"]
    assert (document["exit_code"], case["client"]["name"], case["state"]) == (0, "Prøveklient 3 AS", "planned")
    until((inbox / "done" / "kunde.toml").exists)
    assert service.desk.show(case["case"]) == case
    (inbox / "kunde.toml").write_text("[client]\nname = 3\n", encoding="utf-8")
    refused = inbox / "rejected" / "kunde.toml"
    until(refused.exists)
    error = json.loads(refused.with_name("kunde.toml.error.json").read_text(encoding="utf-8"))
    assert error["exit_code"] == 2
    assert error["error"]["message"].startswith("kunde.toml: ")
    text = refused.with_name("kunde.toml.error.txt").read_text(encoding="utf-8")
    assert text == f"{error['error']['message']}\n{error['error']['remedy']}\n"


def test_health_is_shown_on_loopback_and_holds_nothing_personal(service: Service) -> None:
    at = port(service.desk)
    assert ask(at, "/healthz") == (200, "ok\n")
    assert ask(at, "/readyz") == (200, "ok\n")
    assert ask(at, "/")[0] == 404
    status, text = ask(at, "/metrics")
    assert status == 200
    assert 'disengage_cases{state="closed"}' in text
    assert 'disengage_events_total{kind="done"}' in text
    assert "disengage_store_up 1.0" in text
    assert 'disengage_connection_down{connection="banqup"} 0.0' in text
    assert all(name not in text for name in ("Nordlys", "Prøveklient", "974760673", "@"))
    with socket.socket() as elsewhere:
        elsewhere.settimeout(5)
        assert elsewhere.connect_ex(("127.0.0.2", at)) != 0


def test_the_watchdog_is_fed_as_long_as_the_loop_turns(service: Service) -> None:
    for _ in range(2):
        assert service.manager.expect("WATCHDOG") == {"WATCHDOG": "1"}


def test_a_hangup_changes_nothing_and_told_to_stop_it_says_so_and_ends_well(service: Service) -> None:
    service.process.send_signal(signal.SIGHUP)
    service.manager.expect("WATCHDOG")
    code, logged = service.stop()
    assert service.manager.expect("STOPPING")["STATUS"] == "Finishing running steps."
    events = [line["event"] for line in logged]
    assert (code, events[0], events[-1]) == (0, "started", "stopped")
    assert (logged[0]["connections"], logged[0]["place"]) == (["banqup", "crm"], "worker-1")
    assert not any("Nordlys" in json.dumps(line) or "kunde" in json.dumps(line) for line in logged)


# stopping and starting again


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Desk]:
    with at_work(tmp_path, banqup=BanqupSimulator(), crm=TableSimulator()) as desk:
        yield desk


def test_told_to_stop_in_the_middle_of_a_step_it_ends_soon_and_nothing_is_done_twice(bank: Desk) -> None:
    configure(bank, stop_seconds=1)
    with serving(bank) as service:
        case = bank.planned()
        until(lambda: bank.answer_tasks())
        bank.misbehave("banqup:late=5500x1@DELETE")
        until(lambda: [call for call in bank.changing("banqup") if call.startswith("DELETE")], "a step in the middle")
        assert service.stop()[0] == 0
    with serving(bank):
        until_closed(bank, case)
    calls = bank.changing("banqup")
    assert len(calls) == len(set(calls))
    assert sorted(bank.platform("banqup").effects) == sorted(set(bank.platform("banqup").effects))


AWAY = timedelta(days=3)


class Behind(datetime):
    """A clock that is behind."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - AWAY


def test_what_came_due_while_it_was_down_is_done_late_and_once(bank: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.set_up(ends_on=datetime.now(UTC).date() - timedelta(days=1))
    configure(bank)
    with monkeypatch.context() as patch:
        patch.setattr("disengage.engine.workplace.datetime", Behind)
        patch.setattr("disengage.engine.durable.datetime", Behind)
        case = bank.planned()
        assert bank.call("run", case).code == 4
    assert {waits for state, waits in bank.stands(case).values()} == {"date"}
    bank.assert_nothing_was_changed()
    with contextlib.closing(sqlite3.connect(bank.store)) as connection, connection:
        later = "SET delay_until_epoch_ms = delay_until_epoch_ms - ?"
        connection.execute(
            f"UPDATE workflow_status {later} WHERE status = 'DELAYED'", [AWAY / timedelta(milliseconds=1)]
        )
    with serving(bank):
        until_closed(bank, case)
    calls = bank.changing("banqup")
    assert len(calls) == len(set(calls)) > 0


def test_done_once_it_does_what_is_due_and_ends(bank: Desk) -> None:
    configure(bank, inbox="inbox")
    case = bank.planned()
    answer = bank.process("daemon", "--once")
    assert (answer.code, answer.out) == (0, "")
    assert bank.stands(case)["banqup.retain_history"] == ("waiting", "person")
    assert [json.loads(line)["event"] for line in answer.err.splitlines()][:: 10**6] == ["started"]


def test_a_port_that_is_taken_is_named(bank: Desk) -> None:
    configure(bank)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        answer = bank.process("daemon", "--health-port", str(number))
    assert (answer.code, f"The health port {number} cannot be used" in answer.err) == (2, True)


def test_told_twice_to_stop_it_ends_at_once_and_the_next_takes_up_what_is_left(bank: Desk) -> None:
    configure(bank, stop_seconds=3600)
    with serving(bank) as service:
        case = bank.planned()
        until(lambda: bank.answer_tasks())
        bank.misbehave("banqup:late=2500x1@DELETE")
        until(lambda: [call for call in bank.changing("banqup") if call.startswith("DELETE")], "a step in the middle")
        service.process.send_signal(signal.SIGINT)
        service.manager.expect("STOPPING")
        assert service.stop()[0] == 4
    with serving(bank):
        until_closed(bank, case)
    calls = bank.changing("banqup")
    assert len(calls) == len(set(calls))
