"""Tables of new stores, made by the statements that the migrations ran the first time: Alembic itself takes longer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from disengage.store import migrating
from sqlalchemy import Connection, event

#: Statements that change nothing, and are not repeated.
_ASKING = ("SELECT", "PRAGMA")
_RECORDED: dict[str, list[tuple[str, Any]]] = {}


def recorded(upgrade: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """Return an upgrade that runs ``upgrade`` on what is not empty, and on the first empty database of each kind."""

    def upgrade_quickly(connection: Connection) -> None:
        kind = connection.dialect.name
        if migrating.revision_of(connection) is not None:
            upgrade(connection)
        elif kind in _RECORDED:
            _repeat(connection, _RECORDED[kind])
        else:
            _RECORDED[kind] = _listened_to(connection, upgrade)

    return upgrade_quickly


def _repeat(connection: Connection, statements: list[tuple[str, Any]]) -> None:
    with closing(connection.connection.cursor()) as cursor:
        for statement, parameters in statements:
            cursor.execute(statement, parameters)


def _listened_to(connection: Connection, upgrade: Callable[[Connection], None]) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []

    def listen(_: Connection, __: Any, statement: str, parameters: Any, ___: Any, ____: bool) -> None:
        if not statement.lstrip().upper().startswith(_ASKING):
            heard.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    try:
        upgrade(connection)
    finally:
        event.remove(connection, "before_cursor_execute", listen)
    return heard
