"""Connections that are paused, because their platform does not let us in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from disengage.domain.values import Frozen
from disengage.store.dialects import put
from disengage.store.tables import connections


class Pause(Frozen):
    """A connection that is left alone until a time."""

    connection: str
    until: datetime
    reason: str


def pause(connection: Connection, name: str, until: datetime, reason: str) -> None:
    """Leave a connection alone until a time; a later pause takes the place of an earlier one."""
    put(connection, connections, "name", {"name": name, "paused_until": until, "reason": reason})


def pauses(connection: Connection, name: str | None = None) -> list[Pause]:
    """Return the pauses, of one connection or all, ended ones included until somebody resumes."""
    query = select(connections).order_by(connections.c.name)
    if name is not None:
        query = query.where(connections.c.name == name)
    rows = connection.execute(query)
    return [Pause(connection=row.name, until=row.paused_until, reason=row.reason) for row in rows]


def resume(connection: Connection, name: str) -> bool:
    """End a pause; return whether there was one."""
    gone = connection.execute(delete(connections).where(connections.c.name == name).returning(connections.c.name))
    return gone.first() is not None
