"""Several processes on one PostgreSQL store share the work, and take over from one that dies."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage.cli.simulating import Simulation
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.office import Office

CASES = 6
HEADINGS = (
    "name;country;identifiers.orgnr;reference.generic_csv;reason;notice_on;ends_on;period_from;period_to;"
    "administrator_name;administrator_email;option.generic_csv.keep_billing_to"
)


def _requests(office: Office, table: TableSimulator) -> None:
    rows = [HEADINGS]
    for number in range(1, CASES + 1):
        client = table.client(number)
        rows.append(
            f"{client['name']};NO;{client['identifiers']['orgnr']};{client['references']};other;2026-09-01;2026-11-01;2024-01-01;2026-11-01;"
            "Kari Nordmann;kari@nordlys.example;false"
        )
    (office.folder / "requests.csv").write_text("\n".join(rows), encoding="utf-8")


@pytest.fixture
def office(tmp_path: Path, postgres_url: str) -> Iterator[Office]:
    with BanqupSimulator(clients=CASES, faults="*:latency=50") as banqup, TableSimulator(clients=CASES) as table:
        made = Office(tmp_path, Simulation({"banqup": banqup, "generic_csv": table}, tmp_path))
        made.set_up(store=postgres_url)
        _requests(made, table)
        yield made


def _opened(office: Office) -> list[str]:
    cases = [case["case"] for case in office.call("plan", "requests.csv", "--json").json()["cases"]]
    for case in cases:
        assert office.call("approve", case, "--by", "Anna Ansvarlig").code == 0
    return cases


def _kill_in_the_middle(office: Office, worker: subprocess.Popen[str]) -> None:
    """Kill a worker as soon as steps are under way."""
    banqup = office.simulation.simulators["banqup"]
    seen = len(banqup.journal)
    while worker.poll() is None and len(banqup.journal) < seen + 10:
        threading.Event().wait(0.01)
    worker.kill()
    worker.communicate()


def _until_closed(office: Office, cases: list[str]) -> None:
    for number in range(6):
        workers = [office.start("run", "--json") for _ in range(3)]
        if number == 0:
            _kill_in_the_middle(office, workers.pop())
        for worker in workers:
            _, err = worker.communicate(timeout=120)
            assert worker.returncode in (0, 4), err
        office.answer_tasks()
        office.others_act()
        for case in cases:
            office.call("retry", case)
        if all(case["state"] == "closed" for case in office.call("cases", "--json").json()["cases"]):
            return
    raise AssertionError(office.call("cases").out)


def test_workers_finish_all_cases_when_one_of_them_is_killed_and_nothing_happens_twice(office: Office) -> None:
    cases = _opened(office)
    _until_closed(office, cases)
    banqup = office.simulation.simulators["banqup"]
    changing = [call for call in banqup.changing_calls() if "gettoken" not in call[1]]
    assert len(changing) == len(set(changing)) == len(banqup.effects)
    assert office.call("verify").code == 0
