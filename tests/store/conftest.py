"""A store on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disengage.store import Store

from tests.builders import NOW


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, once on SQLite and once on PostgreSQL."""
    found: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return found


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    """Give a new store."""
    with Store.open(url, tmp_path, create=True, now=lambda: NOW) as found:
        yield found


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """Give a new store on SQLite, where a test is about the file."""
    with Store.open(sqlite_url, tmp_path, create=True, now=lambda: NOW) as found:
        yield found


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """Give a new store on PostgreSQL, where a test is about the server."""
    with Store.open(postgres_url, tmp_path, create=True, now=lambda: NOW) as found:
        yield found
