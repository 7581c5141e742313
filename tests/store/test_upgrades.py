"""A store of the previous release is copied, brought up to date, and its unfinished cases are carried on.

``tests/data/store-0.1.0.tar.gz`` was written by version 0.1.0 (revision 0002 of the tables): a case in the middle, with
an open task and a change that its platform accepted, and a case that waits for a date in 2027.
"""

from __future__ import annotations

import sqlite3
import stat
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.settings import load
from disengage.store.migrating import HEAD
from disengage_banqup.connector import Banqup
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work

KEPT = Path(__file__).parents[1] / "data" / "store-0.1.0.tar.gz"
IN_THE_MIDDLE, DATED = "c-kazcv5bvu4", "c-b7uf73ooyi"
#: After the date that the second case waits for.
LATER = datetime(2027, 7, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with tarfile.open(KEPT) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    prompt = Banqup.manifest.model_copy(update={"consistency_delay": Banqup.manifest.consistency_delay / 40})
    monkeypatch.setattr(Banqup, "manifest", prompt)
    changes = folder / "simulated-table" / "changes.csv"
    written = changes.read_bytes()
    with at_work(folder, banqup=BanqupSimulator(clients=2), crm=TableSimulator(clients=2)) as made:
        changes.write_bytes(written)  # a simulator begins without
        yield made


def revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    return found


def test_the_store_is_copied_before_it_is_brought_up_to_date(desk: Desk) -> None:
    before = desk.store.read_bytes()
    assert desk.call("cases", "--json").code == 0
    copy = desk.folder / "disengage.db.backup-0002"
    assert (revision(copy), revision(desk.store)) == ("0002", HEAD)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    for file in desk.folder.glob("disengage.db*"):
        file.unlink()
    desk.store.write_bytes(before)
    assert desk.call("cases", "--json").code == 0
    assert sorted(file.name for file in desk.folder.glob("*backup*")) == ["disengage.db.backup-0002"]


def test_a_store_that_cannot_be_copied_is_left_as_it_is(desk: Desk) -> None:
    before = desk.store.read_bytes()
    (desk.folder / "disengage.db.backup-0002" / "in the way").mkdir(parents=True)
    error = desk.refused(2, "cases")
    assert "cannot be copied" in error
    with closing(sqlite3.connect(desk.store)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    assert desk.store.read_bytes()[100:] == before[100:]  # the journal's kind stands in the header


def test_unfinished_cases_are_carried_on_to_their_end(desk: Desk) -> None:
    waited = desk.stands(DATED)
    assert desk.stands(IN_THE_MIDDLE)["banqup.retain_history"] == ("waiting", "person")
    assert desk.finish(IN_THE_MIDDLE)["state"] == "closed"
    assert desk.stands(DATED) == waited
    assert set(waited.values()) == {("waiting", "date")}
    _go_on_later(desk)
    assert desk.show(DATED)["state"] == "closed"
    assert desk.call("verify").code == 0
    assert sorted(desk.platform("banqup").effects) == sorted(set(desk.platform("banqup").effects))


def _go_on_later(desk: Desk) -> None:
    """Do by hand what a worker does once the date has come, until the case is closed."""
    with desk._here(), Workplace(load(), now=lambda: max(LATER, datetime.now(UTC))) as workplace:
        worker = Worker(workplace)
        for _ in range(6):
            worker.kick([DATED])
            _advance(workplace, worker)
            desk.answer_tasks()
            desk.others_act()
            desk.call("retry", DATED)


def _advance(workplace: Workplace, worker: Worker) -> None:
    while due := [wake for wake in workplace.store.unsent_wakes() if wake.at <= workplace.now() and wake.case == DATED]:
        workplace.store.sent(due)
        for wake in due:
            while worker.advance(wake.case, wake.what):
                pass


def test_a_newer_store_is_refused_and_not_copied(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer version" in desk.refused(2, "cases")
    assert list(desk.folder.glob("*backup*")) == []
