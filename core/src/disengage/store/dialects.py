"""The one statement that SQLite and PostgreSQL offer alike and standard SQL does not have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Insert = sqlite.Insert | postgresql.Insert


def insert_into(connection: Connection, table: Table) -> Insert:
    """Return an insert that can say what to do on a conflict."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def put(connection: Connection, table: Table, key: str, row: dict[str, Any]) -> None:
    """Write a row, in place of the one with the same ``key`` if there is one."""
    others = {name: value for name, value in row.items() if name != key}
    statement = insert_into(connection, table).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=others))
