"""Book calls in the store's database, in the one table ``ratelimit_calls``, exactly across processes.

Every page is one short transaction on a connection of its own, closed before anything is waited for.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from disengage.errors import StoreError
from disengage.http.limits import Page

_COLUMNS = "(call_key TEXT NOT NULL, at_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL)"
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS ratelimit_calls_by_key ON ratelimit_calls (call_key, at_ms)",
    "CREATE INDEX IF NOT EXISTS ratelimit_calls_by_end ON ratelimit_calls (until_ms)",
)
_COUNT = "SELECT count(*) FROM ratelimit_calls WHERE call_key = %s AND at_ms >= %s"
_NEWEST = "SELECT at_ms FROM ratelimit_calls WHERE call_key = %s ORDER BY at_ms DESC LIMIT 1 OFFSET %s"
_BOOK = "INSERT INTO ratelimit_calls (call_key, at_ms, until_ms) VALUES (%s, %s, %s)"
_WRONG_CLOCK = "DELETE FROM ratelimit_calls WHERE call_key = %s AND at_ms > %s"

_BUSY_SECONDS = 30.0
_REMEDY = "Check that the store is there and that nothing holds it, then try again."

Execute = Callable[[str, Sequence[Any]], Any]


class _TablePage:
    def __init__(self, execute: Execute, key: str, now: int) -> None:
        self._execute, self._key, self.now = execute, key, now

    def count(self, since: int) -> int:
        return int(self._execute(_COUNT, (self._key, since)).fetchone()[0])

    def newest(self, offset: int) -> int | None:
        row = self._execute(_NEWEST, (self._key, offset)).fetchone()
        return None if row is None else int(row[0])

    def book(self, at: int, until: int) -> None:
        self._execute(_BOOK, (self._key, at, until))


class SqliteLedger:
    """Bookings in a SQLite file; one immediate transaction at a time for all processes.

    Args:
        path: The store's file, which must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def page(self, key: str, horizon: int) -> Iterator[Page]:
        """Open the page of ``key`` exclusively."""
        with self._lock, _store_errors("SQLite"):
            connection = self._connection = self._connection or self._opened()
            with _immediate(connection):
                now = time.time_ns() // 1_000_000
                _execute(connection, "DELETE FROM ratelimit_calls WHERE until_ms < %s", (now,))
                _execute(connection, _WRONG_CLOCK, (key, now + horizon))
                yield _TablePage(lambda sql, given: _execute(connection, sql, given), key, now)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the table. A booking lost with the power does no harm, so it need not wait for the disk."""
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")  # the store's own connections do that
        with _immediate(connection):
            for statement in (f"CREATE TABLE IF NOT EXISTS ratelimit_calls {_COLUMNS}", *_INDEXES):
                connection.execute(statement)


def _execute(connection: sqlite3.Connection, sql: str, given: Sequence[Any]) -> sqlite3.Cursor:
    return connection.execute(sql.replace("%s", "?"), given)


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class PostgresLedger:
    """Bookings in PostgreSQL; an advisory lock per key, and the server's clock for everybody.

    Args:
        url: ``postgresql://…``.
    """

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, threading.Lock()
        self._connection: psycopg.Connection | None = None

    @contextmanager
    def page(self, key: str, horizon: int) -> Iterator[Page]:
        """Open the page of ``key`` exclusively."""
        with self._lock, _store_errors("PostgreSQL"):
            connection = self._alive()
            with connection.transaction():
                _lock(connection, key)
                row = connection.execute("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)").fetchone()
                now = int(row[0]) if row else 0
                connection.execute(_SWEEP, (now,))
                connection.execute(_WRONG_CLOCK, (key, now + horizon))
                yield _TablePage(connection.execute, key, now)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _alive(self) -> psycopg.Connection:
        """Return a connection that answers; a server that was restarted meanwhile is no trouble."""
        if self._connection is not None:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError:
                self._connection.close()
            else:
                return self._connection
        self._connection = self._opened()
        return self._connection

    def _opened(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        with connection.transaction():
            _lock(connection, "")
            connection.execute(f"CREATE UNLOGGED TABLE IF NOT EXISTS ratelimit_calls {_COLUMNS}")
            for statement in _INDEXES:
                connection.execute(statement)
        return connection


#: Rows that another transaction is just deleting are left to it: waiting for each other could lock both.
_SWEEP = """
    DELETE FROM ratelimit_calls WHERE ctid IN (
        SELECT ctid FROM ratelimit_calls WHERE until_ms < %s LIMIT 1000 FOR UPDATE SKIP LOCKED)
"""


def _lock(connection: psycopg.Connection, key: str) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"ratelimit_calls {key}",))


@contextmanager
def _store_errors(kind: str) -> Iterator[None]:
    """Name no path and no user: what the drivers say may hold both."""
    try:
        yield
    except (sqlite3.Error, psycopg.Error) as error:
        message = f"The calls could not be counted in the store ({kind}): {type(error).__name__}."
        raise StoreError(message, remedy=_REMEDY) from None
