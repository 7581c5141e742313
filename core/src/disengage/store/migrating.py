"""Bring a store's tables up to date, once, whoever opens it first."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, column, insert, inspect, select, table, text

from disengage.errors import StoreError
from disengage.store import events
from disengage.store.database import Database, busy_timeout
from disengage.store.sealing import Seal
from disengage.store.tables import meta

#: Every revision of the tables, oldest first, as in ``migrations/versions``. Known here so that opening a store
#: that is up to date need not load Alembic.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
HEAD = REVISIONS[-1]

_VERSION = table("alembic_version", column("version_num"))
_KEY_CHECK = "key_check"
#: Any number that nobody else locks on.
_ADVISORY_LOCK = 0x646973656E676167
#: Alembic keeps what it is doing in one place for the whole process.
_ALEMBIC = threading.Lock()


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the store's tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return found


def refuse_newer(store: str, revision: str | None) -> None:
    """Do nothing for a revision that is known.

    Raises:
        StoreError: It is not; the store was written by a newer version.
    """
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The store {store} is from a newer version of disengage: its tables are at revision {revision!r}, "
            f"this version knows {HEAD!r}.",
            remedy="Install the newer version here too; nothing was changed.",
        )


def bring_up_to_date(database: Database, seal: Seal) -> None:
    """Apply what is missing, whole or not at all; a store that is new gets its key's check value."""
    with _alone(database):
        _write_ahead(database)
        with database.writing() as connection:
            _bring_up_to_date(connection, database, seal)


def refuse_other_key(database: Database, seal: Seal) -> None:
    """Do nothing for the key that the store was made with.

    Raises:
        StoreError: It is another one.
    """
    with database.reading() as connection:
        kept = connection.execute(select(meta.c.value).where(meta.c.name == _KEY_CHECK)).scalar()
    if kept != seal.check:
        raise StoreError(
            f"The store {database.shown} is sealed with another key than the one given.",
            remedy="Give the key that belongs to it; a backup of the store needs the backup of its key.",
        )


def _bring_up_to_date(connection: Connection, database: Database, seal: Seal) -> None:
    if not database.path:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    found = revision_of(connection)
    refuse_newer(database.shown, found)
    if found == HEAD:
        return
    if found and database.path:
        _back_up(database.path, found, database.shown)
    _upgrade(connection)
    if found is None:
        connection.execute(insert(meta), {"name": _KEY_CHECK, "value": seal.check})
        events.begin(connection, seal)


def _back_up(path: Path, revision: str, shown: str) -> None:
    """Copy a SQLite store to a file beside it, as it is now: nobody can write to it meanwhile.

    Raises:
        StoreError: It cannot be copied; nothing was changed.
    """
    copy, part = (path.with_name(f"{path.name}.backup-{revision}{ending}") for ending in ("", ".part"))
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
        part.replace(copy)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"The store {shown} was not brought up to date: it cannot be copied to {copy.name} first "
            f"({getattr(error, 'strerror', None) or type(error).__name__}).",
            remedy="Make room on its disk, or see to the rights of its folder; nothing was changed.",
        ) from None


def _upgrade(connection: Connection) -> None:
    from alembic import command  # loaded only where it is needed: it takes a while
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "disengage.store:migrations")
    config.attributes["connection"] = connection
    with _ALEMBIC:
        command.upgrade(config, "head")


def _write_ahead(database: Database) -> None:
    """Switch a SQLite file to write-ahead logging, which lets readers read while one writes. It stays so."""
    if database.path:
        with database.border(), database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


@contextmanager
def _alone(database: Database) -> Iterator[Any]:
    """Keep other processes from a SQLite file meanwhile: nobody waits for a change of its journal by itself.

    On PostgreSQL the advisory lock does.
    """
    if not database.path:
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(f"{database.path}.lock", timeout=busy_timeout() / 1000)
    try:
        with lock:
            yield
    except Timeout:
        raise StoreError(
            f"The store {database.shown} cannot be used: another program is bringing it up to date.",
            remedy="Wait until that program is done, and try again.",
        ) from None
