"""Who works on a store: a place for each worker process, and a hold on each link while it is worked on.

On SQLite one process works at a time, kept by a file lock; holds are kept inside that process. On PostgreSQL any
number work together; places and holds are session-level advisory locks, which the server lets go when a worker dies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from disengage.errors import StoreError
from disengage.store.database import Database
from disengage.store.holds import Hold, Session

_PREFIX = "worker-"
#: First key of the advisory locks for places; the second is the place's number.
_PLACES = 0x0D15E9
_MOST_WORKERS = 256
_TAKEN = (
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = CAST(:a AS oid) AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
_NAMED = "hashtextextended(:name, 0)"
#: Seconds in which somebody who only looks whether anybody works is gone again.
_LOOK = 0.4
#: Connections kept besides those of the place and of the holds, which last.
_ASKING = 2


class Place:
    """One worker's place. ``name`` is unique among live workers and taken again by the next one.

    Args:
        name: The executor id.
        lock: What is let go when the worker leaves.
    """

    def __init__(self, name: str, lock: FileLock | Connection) -> None:
        self.name, self._lock, self._lost = name, lock, False

    def is_ours(self) -> bool:
        """Return whether the place was kept all the time: with its connection, PostgreSQL's lock is gone."""
        if not isinstance(self._lock, Connection):
            return self._lock.is_locked
        try:
            if not self._lost:
                self._lock.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._lost = True  # asked again it would open another connection, which has no lock
        return not self._lost

    def leave(self) -> None:
        """Give the place back."""
        if isinstance(self._lock, Connection):
            self._lock.close()
        else:
            self._lock.release()


class Places(Protocol):
    """Places and holds of one store."""

    def take(self) -> Place:
        """Take a free place."""

    def any_taken(self) -> bool:
        """Return whether anybody works."""

    def dead(self, name: str) -> Any:
        """Yield whether the place called ``name`` is free, keeping it for the length of the block."""

    def hold(self, name: str) -> Any:
        """Yield a hold on ``name``; if that was free it is this block's until the block ends."""

    def close(self) -> None:
        """Let go of connections."""


class SqlitePlaces:
    """One process per file."""

    def __init__(self, database: Database) -> None:
        assert database.path is not None
        self._database = database
        self._file = f"{database.path}.worker.lock"
        self._lock = FileLock(self._file, timeout=_LOOK, is_singleton=False)
        self._held: set[str] = set()
        self._guard = threading.Lock()

    def take(self) -> Place:
        """Take the only place.

        Raises:
            StoreError: Another process has it.
        """
        try:
            self._lock.acquire()
        except Timeout:
            raise StoreError(
                f"Another process works on the store {self._database.shown} already.",
                remedy="Let it work: a daemon does what is ready by itself, and 'run' ends soon. On a SQLite store one "
                "process works at a time.",
            ) from None
        return Place(f"{_PREFIX}1", self._lock)

    def any_taken(self) -> bool:
        """Return whether a process works, this one included."""
        try:
            with FileLock(self._file, timeout=0, is_singleton=False):
                return False
        except Timeout:
            return True

    @contextmanager
    def dead(self, name: str) -> Iterator[bool]:  # noqa: ARG002 -- there is no other place
        """Yield False: the only place is ours."""
        yield False

    @contextmanager
    def hold(self, name: str) -> Iterator[Hold]:
        """Hold ``name`` among the threads of this process."""
        with self._guard:
            free = name not in self._held
            self._held.add(name)
        hold = Hold(free)
        try:
            yield hold
        finally:
            hold.end()
            if free:
                with self._guard:
                    self._held.discard(name)

    def close(self) -> None:
        """Nothing is kept open."""


class PostgresPlaces:
    """Any number of processes, on any number of machines."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: Engine = create_engine(
            database.engine.url,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            pool_size=_ASKING,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10},
        )
        self._guard = threading.Lock()
        self._session: Session | None = None
        self._held: dict[str, Session] = {}

    def take(self) -> Place:
        """Take the first free place.

        Raises:
            StoreError: There is none, or the database cannot be reached.
        """
        with self._database.border():
            connection = self._engine.connect()
            connection.detach()
            for number in range(1, _MOST_WORKERS + 1):
                if _locked(connection, number):
                    return Place(f"{_PREFIX}{number}", connection)
            connection.close()
        raise StoreError(f"More than {_MOST_WORKERS} workers share the store {self._database.shown}.")

    def any_taken(self) -> bool:
        """Return whether any process works, without taking a place for a moment."""
        with self._database.border(), self._engine.connect() as connection:
            return bool(connection.execute(text(_TAKEN), {"a": _PLACES}).scalar())

    @contextmanager
    def dead(self, name: str) -> Iterator[bool]:
        """Yield whether nobody holds the place called ``name``."""
        number = name.removeprefix(_PREFIX)
        if not number.isdigit():
            yield False
            return
        with self._database.border(), self._engine.connect() as connection:
            free = _locked(connection, int(number))
            try:
                yield free
            finally:
                if free:
                    connection.execute(text("SELECT pg_advisory_unlock(:a, :b)"), {"a": _PLACES, "b": int(number)})

    @contextmanager
    def hold(self, name: str) -> Iterator[Hold]:
        """Hold ``name`` among all workers of the database."""
        with self._database.border():
            session, free = self._take_hold(name)
            hold = Hold(free, session)
            try:
                yield hold
            finally:
                hold.end()
                if free:
                    self._let_go(session, name)

    def _take_hold(self, name: str) -> tuple[Session, bool]:
        """Take a name if nobody has it; return the session asked. Where one was lost, the holds are with it."""
        with self._guard:
            session = self._session or self._renewed()
            try:
                return session, self._is_given(session, name)
            except SQLAlchemyError:
                session = self._renewed()
                return session, self._is_given(session, name)

    def _renewed(self) -> Session:
        connection = self._engine.connect()
        connection.detach()
        self._session = Session(connection)
        self._held.clear()
        return self._session

    def _is_given(self, session: Session, name: str) -> bool:
        """Ask for a name; the server would give it to one session as often as it asks."""
        if self._held.get(name) is session and session.lives():
            return False
        free = bool(session.ask(f"SELECT pg_try_advisory_lock({_NAMED})", name=_named(name)))
        if free:
            self._held[name] = session
        return free

    def _let_go(self, session: Session, name: str) -> None:
        with self._guard, suppress(SQLAlchemyError):  # a lost session has let go already
            if self._held.get(name) is session:
                del self._held[name]
            session.ask(f"SELECT pg_advisory_unlock({_NAMED})", name=_named(name))

    def close(self) -> None:
        """Close every connection."""
        with self._guard:
            if self._session is not None:
                self._session.close()
        self._engine.dispose()


def _named(name: str) -> str:
    return f"disengage {name}"


def _locked(connection: Connection, number: int) -> bool:
    taken = connection.execute(text("SELECT pg_try_advisory_lock(:a, :b)"), {"a": _PLACES, "b": number})
    return bool(taken.scalar())


def places_of(database: Database) -> Places:
    """Return the places of a store."""
    return SqlitePlaces(database) if database.path else PostgresPlaces(database)
