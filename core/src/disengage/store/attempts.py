"""Attempts to sign in, by keyed digests of the name that was given and of where it came from: neither can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, text
from sqlalchemy.sql.dml import UpdateBase

from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import sign_in_attempts as attempts

#: Stands where an address would: the row says that somebody came in, not that it was tried.
_CAME_IN = ""
#: By which processes on PostgreSQL take turns; any number of our own.
_TURN = text("SELECT pg_advisory_xact_lock(1766617961)")


class Tally(NamedTuple):
    """How often something was tried in vain, and when last."""

    times: int
    newest: datetime | None


class Attempts:
    """What was tried in vain lately, and from where somebody came in.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let nobody else count until the block ends; what is written in it is one transaction."""
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(_TURN)
            yield

    def on(self, name: str, since: datetime) -> Tally:
        """Return what was tried with a name, wherever from."""
        return self._tally(attempts.c.name == self._name(name), since)

    def at(self, address: str, since: datetime) -> Tally:
        """Return what was tried from an address, with whatever name."""
        return self._tally(attempts.c.address == self._address(address), since)

    def both(self, name: str, address: str, since: datetime) -> Tally:
        """Return what was tried with a name from one address."""
        return self._tally(self._pair(name, address), since)

    def knows(self, name: str, address: str) -> bool:
        """Return whether somebody of that name came in from that address lately."""
        query = select(attempts.c.id).where(self._arrival(name, address)).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def add(self, name: str, address: str, at: datetime) -> None:
        """Note that something is tried."""
        row = {"name": self._name(name), "address": self._address(address), "at": at}
        self._write(insert(attempts).values(row))

    def came_in(self, name: str, address: str, at: datetime) -> None:
        """Note that somebody came in: what was tried with that name from there was no attack."""
        self._write(delete(attempts).where(or_(self._pair(name, address), self._arrival(name, address))))
        self._write(insert(attempts).values(name=self._arrived(name, address), address=_CAME_IN, at=at))

    def forget(self, tried_before: datetime, came_in_before: datetime) -> None:
        """Forget what is long past."""
        old = and_(attempts.c.address != _CAME_IN, attempts.c.at < tried_before)
        gone = and_(attempts.c.address == _CAME_IN, attempts.c.at < came_in_before)
        self._write(delete(attempts).where(or_(old, gone)))

    def _tally(self, which: ColumnElement[bool], since: datetime) -> Tally:
        query = select(func.count(), func.max(attempts.c.at)).where(which, attempts.c.at >= since)
        with self._database.reading() as connection:
            count, newest = connection.execute(query).one()
        return Tally(count, newest)

    def _pair(self, name: str, address: str) -> ColumnElement[bool]:
        return and_(attempts.c.name == self._name(name), attempts.c.address == self._address(address))

    def _arrival(self, name: str, address: str) -> ColumnElement[bool]:
        return and_(attempts.c.name == self._arrived(name, address), attempts.c.address == _CAME_IN)

    def _name(self, name: str) -> str:
        return self._seal.mark("attempt name", name.encode("utf-8", "replace")).hex()

    def _address(self, address: str) -> str:
        return self._seal.mark("attempt address", address.encode("utf-8", "replace")).hex()

    def _arrived(self, name: str, address: str) -> str:
        return self._seal.mark("attempt arrival", f"{name}\0{address}".encode("utf-8", "replace")).hex()

    def _write(self, statement: UpdateBase) -> None:
        with self._database.writing() as connection:
            connection.execute(statement)
