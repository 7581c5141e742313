"""Secret addresses of calendars. The secret is nowhere: only a keyed digest of it, which opens nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import feeds


class Feed(Frozen):
    """The address at which one person's calendar can be read.

    Attributes:
        person: Whose it is, by name.
        made_at: When it was made.
        named: Whether the clients' names are in it.
    """

    person: str
    made_at: datetime
    named: bool


class Feeds:
    """Feeds, by what their addresses hold; a person has one at most.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def make(self, feed: Feed, secret: str) -> None:
        """Keep a feed under ``secret``; an older one of the same person is gone."""
        row = {**feed.model_dump(), "digest": self._digest(secret)}
        with self._database.writing() as connection:
            connection.execute(delete(feeds).where(feeds.c.person == feed.person))
            connection.execute(insert(feeds).values(row))

    def end(self, person: str) -> bool:
        """Take a person's feed away; return whether there was one."""
        with self._database.writing() as connection:
            return connection.execute(delete(feeds).where(feeds.c.person == person)).rowcount > 0

    def of(self, person: str) -> Feed | None:
        """Return a person's feed; None where there is none."""
        return self._one(feeds.c.person == person)

    def find(self, secret: str) -> Feed | None:
        """Return the feed whose address holds ``secret``; None where there is none."""
        return self._one(feeds.c.digest == self._digest(secret))

    def _one(self, condition: ColumnElement[bool]) -> Feed | None:
        with self._database.reading() as connection:
            row = connection.execute(select(feeds).where(condition)).mappings().first()
        return Feed(person=row["person"], made_at=row["made_at"], named=row["named"]) if row else None

    def _digest(self, secret: str) -> str:
        return self._seal.mark("feed", secret.encode()).hex()
