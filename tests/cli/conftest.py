"""The desks at which the commands are called."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage_banqup.connector import Banqup
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work, bank_and_table


@pytest.fixture(autouse=True)
def no_waiting_for_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a read at Banqup count at once as what a write did: its simulator has no replica that lags behind."""
    prompt = Banqup.manifest.model_copy(update={"consistency_delay": timedelta(milliseconds=50)})
    monkeypatch.setattr(Banqup, "manifest", prompt)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an empty store on which a worker has worked already."""
    folder = tmp_path_factory.mktemp("store")
    configuration = folder / "disengage.toml"
    with at_work(folder), Workplace.open(configuration, create=True) as workplace, Worker(workplace):
        pass
    for file in ("disengage.toml", "request.toml"):
        (folder / file).unlink()
    return folder


@pytest.fixture
def desk(tmp_path: Path, empty_store: Path) -> Iterator[Desk]:
    """Give a desk with the connections ``banqup`` and ``crm`` (a table)."""
    with at_work(tmp_path, empty_store, **bank_and_table()) as made:
        yield made


@pytest.fixture
def bank(tmp_path: Path, empty_store: Path) -> Iterator[Desk]:
    """Give a desk with the connection ``banqup`` only."""
    with at_work(tmp_path, empty_store, banqup=BanqupSimulator()) as made:
        yield made


@pytest.fixture
def table(tmp_path: Path, empty_store: Path) -> Iterator[Desk]:
    """Give a desk with the connection ``crm`` only."""
    with at_work(tmp_path, empty_store, crm=TableSimulator()) as made:
        yield made


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a desk with ``banqup`` and ``crm``, at which no command was called yet: there is no store."""
    with at_work(tmp_path, **bank_and_table()) as made:
        yield made
