"""The connection to the database: how it is opened, and what a transaction is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from disengage.errors import StoreError
from disengage.store.border import border

#: How a statement begins before which SQLite takes the lock for writing.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_SECRET_PARAMETERS = ("password", "sslpassword")


def busy_timeout() -> int:
    """Return how many milliseconds a locked database is waited for."""
    return int(os.environ.get("DISENGAGE_BUSY_TIMEOUT_MS", "30000"))


class Database:
    """One SQLite file or PostgreSQL database.

    Args:
        url: ``sqlite:////path`` or ``postgresql://user@host/database``.

    Raises:
        StoreError: The URL is neither.
    """

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self.shown = _shown(parsed)
        self.dialect = parsed.get_backend_name()
        self.path = Path(parsed.database or "") if self.dialect == "sqlite" else None
        self.engine = _sqlite(parsed) if self.path else _postgresql(parsed)
        self._snapshots = self.engine if self.path else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self.turn = threading.Lock()
        self._mine = threading.local()

    @property
    def writer(self) -> Connection | None:
        """This thread's connection while it is in a writing transaction."""
        found: Connection | None = getattr(self._mine, "writer", None)
        return found

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read from one snapshot, and roll back; inside a writing transaction, read from that one."""
        if self.writer is not None:
            yield self.writer
            return
        with self.border(), self._snapshots.connect() as connection:
            if self.path:
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction: all of it or nothing; inside another one of this thread, as a part of that."""
        if self.writer is not None:
            yield self.writer
            return
        with self.border(), self._queued(), self.engine.connect() as connection, connection.begin():
            if self.path:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            self._mine.writer = connection
            try:
                yield connection
            finally:
                self._mine.writer = None

    def border(self) -> AbstractContextManager[None]:
        """Return what maps the database's errors to ours."""
        return border(self.shown)

    def _queued(self) -> AbstractContextManager[Any]:
        """Let the threads of a process write to a SQLite file in turn; SQLite's own waiting is unfair."""
        return self._in_turn() if self.path else nullcontext()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self.turn.acquire(timeout=busy_timeout() / 1000):
            raise StoreError(
                f"The store {self.shown} cannot be used: another thread has been writing to it for too long.",
                remedy="Try again.",
            )
        try:
            yield
        finally:
            self.turn.release()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        backend = ""
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite", query={})
    raise StoreError(
        "The store cannot be opened: its URL is neither a SQLite file nor a PostgreSQL database.",
        remedy="Write store.url as sqlite:///disengage.db or postgresql://user@host/database.",
    )


def _shown(url: URL) -> str:
    """Return the URL as people may see it: without driver, password, or a password among its parameters."""
    masked = {name: "***" for name in _SECRET_PARAMETERS if name in url.query}
    plain = url.set(drivername=url.get_backend_name()).update_query_dict(masked)
    return plain.render_as_string(hide_password=True)


def further_engine(database: Database) -> Engine | None:
    """Return one more engine on the same SQLite file, with the same settings; None on PostgreSQL.

    Its writers queue with ours: those that SQLite itself makes wait sleep much longer than they need to.
    """
    if not database.path:
        return None
    engine = _sqlite(database.engine.url)
    _queue_with(engine, database.turn)
    return engine


def _queue_with(engine: Engine, turn: threading.Lock) -> None:
    """Take ``turn`` before the first statement that writes, and give it back with the connection."""

    def before(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:  # noqa: ARG001 - the event's
        if "turn" not in connection.info and statement.startswith(_WRITES):
            connection.info["turn"] = turn.acquire(timeout=busy_timeout() / 1000)

    def after(connection: Any, record: Any, *_: Any) -> None:  # noqa: ARG001 - the events' signatures
        if record.info.pop("turn", False):
            turn.release()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "checkin", after)
    event.listen(engine, "invalidate", after)


def _sqlite(url: URL) -> Engine:
    """Open as the engine needs it too: writers take their lock at once, and few connections share the file."""
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=2,
        max_overflow=2,
        pool_timeout=busy_timeout() / 1000,
        connect_args={"isolation_level": "IMMEDIATE", "timeout": busy_timeout() / 1000},
    )
    event.listen(engine, "connect", _sqlite_settings)
    return engine


def _sqlite_settings(connection: Any, record: Any) -> None:  # noqa: ARG001 - the event's signature
    for setting in (f"busy_timeout={busy_timeout()}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}").close()


def _postgresql(url: URL) -> Engine:
    """Wait as long for a lock as on SQLite; say READ COMMITTED, whatever the server's default."""
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_size=5,
        max_overflow=5,
        pool_timeout=busy_timeout() / 1000,
        pool_pre_ping=True,
        connect_args={} if "connect_timeout" in url.query else {"connect_timeout": 10},
    )
    event.listen(engine, "connect", _postgresql_settings)
    return engine


def _postgresql_settings(connection: Any, record: Any) -> None:  # noqa: ARG001 - the event's signature
    connection.execute(f"SET lock_timeout = {busy_timeout()}")
    connection.commit()
