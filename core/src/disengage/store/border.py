"""The one place where a database's errors become ours; no statement, no value and no password gets through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from disengage.errors import StoreError

_LOCKED = ("another program has kept it locked for too long", "Wait until that program is done, and try again.")
_FULL = ("the disk is full", "Make room on its disk and try again; nothing of this change was kept.")
_DAMAGED = ("its file is damaged", "Restore it from your backup.")
_NOT_ONE = ("it is not a database file", "Correct 'store.url' in the configuration.")
_UNREADABLE = ("it cannot be opened", "See whether its folder exists and may be written by you.")
_READ_ONLY = ("it may not be written", "See to the permissions of its file and folder.")
_BAD_DISK = ("its disk cannot be read or written", "See to the disk, and restore the store from your backup if needed.")
_REFUSED = ("the server refuses the user or the password", "Correct 'store.url', or the user's rights on the server.")
_NO_DATABASE = ("the server has no such database", "Create the database, or correct 'store.url'.")
_UNREACHABLE = ("the server cannot be reached", "See whether it runs and 'store.url' names it, and try again.")
_CROWDED = (
    "the server takes no more connections",
    "Raise its max_connections (docs/how-to/postgresql.md says how many a worker needs), and try again.",
)
_LOST = ("the connection to the server was lost", "Try again; nothing of this change was kept.")
_INCOMPLETE = ("a table of it is missing", "Restore it from your backup.")

#: Beginnings of SQLite's error names (https://sqlite.org/rescode.html) and of PostgreSQL's error codes
#: (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_BY_CODE: dict[str, tuple[str, str]] = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": _FULL,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _NOT_ONE,
    "SQLITE_CANTOPEN": _UNREADABLE,
    "SQLITE_PERM": _UNREADABLE,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_IOERR": _BAD_DISK,
    "40": _LOCKED,
    "55P03": _LOCKED,
    "57014": _LOCKED,
    "53100": _FULL,
    "28": _REFUSED,
    "42501": _REFUSED,
    "3D": _NO_DATABASE,
    "42P01": _INCOMPLETE,
    "25006": _READ_ONLY,
    "08": _LOST,
    "53300": _CROWDED,
    "57P": _LOST,
    "XX": _DAMAGED,
}

#: A refused connection carries no code, only the server's words.
_BY_WORDS = {
    "authentication failed": _REFUSED,
    "no password supplied": _REFUSED,
    "too many clients": _CROWDED,
    "too many connections": _CROWDED,
    "remaining connection slots": _CROWDED,
    "does not exist": _NO_DATABASE,
    "no such table": _INCOMPLETE,
}


@contextmanager
def border(store: str) -> Iterator[None]:
    """Turn every error of the database into a ``StoreError`` about ``store``, its URL without a password."""
    try:
        yield
    except DBAPIError as error:
        raise _ours(store, error.orig, connected=error.statement is not None) from None
    except StatementError as error:
        raise error.orig or error from None
    except SQLAlchemyError:
        raise _about(store, *_LOCKED) from None


def _ours(store: str, error: Any, *, connected: bool) -> StoreError:
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    words = str(error)
    for found in (
        *(known for start, known in _BY_CODE.items() if code.startswith(start)),
        *(known for part, known in _BY_WORDS.items() if part in words),
    ):
        return _about(store, *found)
    if type(error).__name__ == "OperationalError":
        return _about(store, *(_LOST if connected else _UNREACHABLE))
    return _about(store, f"the database refused a statement ({type(error).__name__})", "Please report this.")


def _about(store: str, why: str, remedy: str) -> StoreError:
    return StoreError(f"The store {store} cannot be used: {why}.", remedy=remedy)
