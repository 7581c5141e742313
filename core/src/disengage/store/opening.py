"""Open a store: find it, know its version, find its key, and only then touch it."""

from __future__ import annotations

import os
from pathlib import Path

from disengage.connector import Secret
from disengage.errors import StoreError
from disengage.store.columns import use_seal
from disengage.store.database import Database
from disengage.store.migrating import HEAD, bring_up_to_date, refuse_newer, refuse_other_key, revision_of
from disengage.store.sealing import Seal, seal_from

#: How every SQLite file begins (https://sqlite.org/fileformat.html).
_MAGIC = b"SQLite format 3\0"


def opened(url: str, folder: Path, key: Secret | None, *, create: bool) -> tuple[Database, Seal]:
    """Return the database, its tables up to date, and its seal.

    Raises:
        StoreError: There is no store, or it cannot be used.
    """
    database = Database(url)
    try:
        return database, _prepared(database, folder, key, create=create)
    except BaseException:
        database.close()
        raise


def _prepared(database: Database, folder: Path, key: Secret | None, *, create: bool) -> Seal:
    revision = _revision(database)
    refuse_newer(database.shown, revision)
    if revision is None and not create:
        raise _missing(database)
    seal = seal_from(key, folder, create=revision is None)
    use_seal(database.engine, seal)
    if revision is None and database.path:
        _make_file(database.path, database.shown)
    if revision != HEAD:
        bring_up_to_date(database, seal)
    refuse_other_key(database, seal)
    return seal


def _revision(database: Database) -> str | None:
    """Return the revision of the tables; SQLite would make a file that is not there, so it is not asked."""
    if database.path and _is_empty(database.path, database.shown):
        return None
    with database.reading() as connection:
        return revision_of(connection)


def _is_empty(path: Path, shown: str) -> bool:
    """Return whether there is no file, or an empty one. SQLite takes a file of a few bytes for an empty database."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_MAGIC))
    except FileNotFoundError:
        return True
    except OSError as error:
        raise StoreError(
            f"The store {shown} cannot be opened: {error.strerror}.",
            remedy="Correct 'store.url' in the configuration, or the permissions of the file.",
        ) from None
    if beginning not in (b"", _MAGIC):
        raise StoreError(
            f"The store {shown} cannot be used: it is not a database file.",
            remedy="Correct 'store.url' in the configuration.",
        )
    return not beginning


def _make_file(path: Path, shown: str) -> None:
    """Make an empty file, if there is none, that only its owner can read, before anything is written to it."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"The store {shown} cannot be created: {error.strerror}.",
            remedy="See whether its folder exists and may be written by you.",
        ) from None


def _missing(database: Database) -> StoreError:
    return StoreError(
        f"The store {database.shown} does not exist.",
        remedy="Run 'disengage init' to create it, or correct 'store.url' in the configuration.",
    )
