"""Connections that fail: how often in a row, and until when one that is down is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from disengage.domain.values import Frozen
from disengage.store.dialects import insert_into
from disengage.store.tables import connections


class Outage(Frozen):
    """A connection whose last call failed.

    Attributes:
        connection: Its name.
        failures: How often in a row.
        since: Since when it is down; None while it only failed now and then.
        until: Until when it is left alone, if it is down.
        reason: What the last call said.
    """

    connection: str
    failures: int
    since: datetime | None
    until: datetime
    reason: str

    @property
    def down(self) -> bool:
        """Whether nothing but a probe is sent to it."""
        return self.since is not None


#: Failures so far, this one included → the outage as it is from now on.
Judge = Callable[[int, datetime | None], tuple[datetime | None, datetime]]


def fail(connection: Connection, name: str, now: datetime, reason: str, judge: Judge) -> tuple[Outage, bool]:
    """Count one more failure; return the outage, and whether the connection went down by it.

    Args:
        connection: The database.
        name: The connection's name.
        now: The moment.
        reason: What the call said.
        judge: Given how often it failed in a row and since when it is down, since when it is down now and until when
            it is left alone.
    """
    fresh = {"name": name, "paused_until": now, "reason": reason, "failures": 0}
    connection.execute(insert_into(connection, connections).values(fresh).on_conflict_do_nothing())
    here = connections.c.name == name
    row = connection.execute(select(connections).where(here).with_for_update()).one()
    since, until = judge(row.failures + 1, row.since)
    changed = {"failures": row.failures + 1, "since": since, "paused_until": until, "reason": reason}
    connection.execute(update(connections).where(here).values(changed))
    outage = Outage(connection=name, failures=row.failures + 1, since=since, until=until, reason=reason)
    return outage, since is not None and row.since is None


def probe(connection: Connection, name: str, now: datetime, until: datetime) -> bool:
    """Return whether the caller may try a connection that is down; everybody else waits until ``until``."""
    may = (connections.c.name == name) & connections.c.since.is_not(None) & (connections.c.paused_until <= now)
    return connection.execute(update(connections).where(may).values(paused_until=until)).rowcount == 1


def outages(connection: Connection, name: str | None = None) -> list[Outage]:
    """Return the connections that fail, or the one called ``name``."""
    query = select(connections).order_by(connections.c.name)
    if name is not None:
        query = query.where(connections.c.name == name)
    return [
        Outage(connection=row.name, failures=row.failures, since=row.since, until=row.paused_until, reason=row.reason)
        for row in connection.execute(query)
    ]


def works(connection: Connection, name: str) -> Outage | None:
    """Forget what failed; return the outage that is over, if there was one."""
    before = outages(connection, name)
    gone = connection.execute(delete(connections).where(connections.c.name == name))
    return before[0] if before and gone.rowcount else None
