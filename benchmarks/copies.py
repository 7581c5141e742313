"""Many finished cases in a SQLite store: everything that one left behind, multiplied by the database itself."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from disengage.engine.workplace import Workplace
from disengage.store import events

#: Its ids begin with the case's and a slash; as a range they are found by the index.
_OF_CASE = "workflow_uuid > :old || '/' AND workflow_uuid < :old || '0'"
#: Tables with the column that names the case, or begins with it, and which of the rows are copied.
_TABLES = {
    "cases": "id = :old",
    **dict.fromkeys(("links", "steps", "tasks", "findings", "approvals", "evidence", "events"), "case_id = :old"),
    "wakes": "case_id = :old AND sent_at IS NOT NULL",
    # of durable execution: what has ended; a finished case has nothing else once it is no longer watched
    "workflow_status": f"{_OF_CASE} AND status = 'SUCCESS'",
    "operation_outputs": _OF_CASE,
}
#: Counted up by the database.
_COUNTED = {("cases", "number"), ("evidence", "id"), ("events", "seq"), ("wakes", "id")}
_AT_ONCE = 5_000


def multiplied(workplace: Workplace, case_id: str, copies: int) -> dict[str, int]:
    """Copy every row of a finished case so often under ids of their own; return how many rows each table has then.

    The copies' events have the hashes of the original's: nothing that is measured reads them.
    """
    engine = workplace.store.engine
    with engine.connect() as connection:
        statements = [_statement(connection, table, which) for table, which in _TABLES.items()]
    for first in range(0, copies, _AT_ONCE):
        given = {"old": case_id, "first": first, "last": min(first + _AT_ONCE, copies) - 1}
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(statement, given)
    with engine.begin() as connection:
        _move_head(connection, workplace)
        return {table: _rows(connection, table) for table in _TABLES}


def _statement(connection: sa.Connection, table: str, which: str) -> sa.TextClause:
    columns = dict(_columns(connection, table))
    copied = ", ".join(f't."{name}"' if kind else _renamed(name) for name, kind in columns.items())
    names = ", ".join(f'"{name}"' for name in columns)
    counter = "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    return sa.text(f'INSERT INTO "{table}" ({names}) {counter} SELECT {copied} FROM "{table}" t, n WHERE {which}')


def _columns(connection: sa.Connection, table: str) -> Iterator[tuple[str, bool]]:
    """Yield each column that is written, and whether it is copied as it is: whatever is no text."""
    for column in sa.inspect(connection).get_columns(table):
        if (table, column["name"]) not in _COUNTED:
            yield column["name"], not isinstance(column["type"], sa.Text | sa.String)


def _renamed(name: str) -> str:
    return f"replace(t.\"{name}\", :old, printf('c-%010d', n.i))"


def _move_head(connection: sa.Connection, workplace: Workplace) -> None:
    """Let the log end where it ends now, so that it can be written on."""
    last = connection.execute(sa.text("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")).one()
    head = events._head(workplace.store._seal, last.seq, last.hash)
    connection.execute(sa.text("UPDATE chain_head SET seq = :seq, hash = :hash, signature = :signature"), head)


def _rows(connection: sa.Connection, table: str) -> int:
    return int(connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one())
