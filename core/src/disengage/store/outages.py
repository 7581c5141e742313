"""Connections that fail: how often in a row, and until when one that is down is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from disengage.domain.values import Frozen
from disengage.store.database import Database
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


class Outages:
    """How connections fail. Inside a change of a case, what is written here is part of the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def failed(self, connection: str, now: datetime, reason: str, judge: Judge) -> tuple[Outage, bool]:
        """Count a failure of a connection; return the outage, and whether the connection went down by it.

        Args:
            connection: Its name.
            now: The moment.
            reason: What the call said, without personal data.
            judge: Given how often it failed in a row and since when it is down: since when it is down now, and until
                when it is left alone.
        """
        here = connections.c.name == connection
        fresh = {"name": connection, "paused_until": now, "reason": reason, "failures": 0}
        with self._database.writing() as database:
            database.execute(insert_into(database, connections).values(fresh).on_conflict_do_nothing())
            row = database.execute(select(connections).where(here).with_for_update()).one()
            since, until = judge(row.failures + 1, row.since)
            changed = {"failures": row.failures + 1, "since": since, "paused_until": until, "reason": reason}
            database.execute(update(connections).where(here).values(changed))
        outage = Outage(connection=connection, failures=row.failures + 1, since=since, until=until, reason=reason)
        return outage, since is not None and row.since is None

    def of(self, connection: str) -> Outage | None:
        """Return how a connection fails; None where it does not."""
        with self._database.reading() as database:
            return next(iter(_read(database, connection)), None)

    def all(self) -> list[Outage]:
        """Return every connection that fails."""
        with self._database.reading() as database:
            return _read(database)

    def probe(self, connection: str, now: datetime, until: datetime) -> bool:
        """Return whether the caller may try a connection that is down; nobody else may before ``until``."""
        its = connections.c.name == connection
        may = its & connections.c.since.is_not(None) & (connections.c.paused_until <= now)
        with self._database.writing() as database:
            return database.execute(update(connections).where(may).values(paused_until=until)).rowcount == 1

    def works(self, connection: str) -> Outage | None:
        """Forget what failed; return the outage that is over, if there was one."""
        with self._database.writing() as database:
            before = _read(database, connection)
            gone = database.execute(delete(connections).where(connections.c.name == connection))
        return before[0] if before and gone.rowcount else None


def _read(database: Connection, name: str | None = None) -> list[Outage]:
    query = select(connections).order_by(connections.c.name)
    if name is not None:
        query = query.where(connections.c.name == name)
    return [
        Outage(connection=row.name, failures=row.failures, since=row.since, until=row.paused_until, reason=row.reason)
        for row in database.execute(query)
    ]
