"""A case that is closed, on a desk of its own, and an authority that stamps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.conftest import empty_store, no_waiting_for_reads  # noqa: F401 -- fixtures
from tests.cli.desk import Desk, at_work
from tests.proof import tsa


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:  # noqa: F811 -- the fixture
    """Give the folder of a case that is closed."""
    folder = tmp_path_factory.mktemp("closed")
    with at_work(folder, empty_store, crm=TableSimulator()) as desk:
        assert desk.finish(desk.planned())["state"] == "closed"
    return folder


@pytest.fixture
def desk(tmp_path: Path, closed: Path) -> Iterator[Desk]:
    """Give a desk with a closed case."""
    with at_work(tmp_path, closed, crm=TableSimulator()) as made:
        yield made


@pytest.fixture
def authority() -> Iterator[tsa.Authority]:
    """Give an authority on loopback."""
    with tsa.Authority() as made:
        yield made


@pytest.fixture
def stamping(desk: Desk, authority: tsa.Authority) -> Desk:
    """Give the desk with that authority in its configuration."""
    (desk.folder / "tsa.pem").write_bytes(tsa.keys().pem)
    desk.add_configuration(f'[timestamps]\nurl = "{authority.url}"\ncertificates = "tsa.pem"')
    return desk
