"""Who is signed in. The value of a cookie is nowhere: only a keyed digest of it, which opens nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.sql.dml import UpdateBase

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import sessions


class KeptSession(Frozen):
    """One person signed in on one browser.

    Attributes:
        digest: The session's name in the store.
        person: The person's name.
        how: ``password``, ``oidc`` or ``link``.
        csrf: What every form of it carries.
        word: What the next page is to say; empty: nothing.
    """

    digest: str
    person: str
    how: str
    made_at: datetime
    last_seen: datetime
    expires_at: datetime
    csrf: str = Field(repr=False)
    word: str = ""


class KeptSessions:
    """Sessions, by what a browser carries.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def digest(self, value: str) -> str:
        """Return the name of the session whose cookie has this value."""
        return self._seal.mark("session", value.encode()).hex()

    def add(self, session: KeptSession) -> None:
        """Keep a session; those that ended by then go."""
        row = session.model_dump(exclude={"word"})
        self._write(delete(sessions).where(sessions.c.expires_at <= session.made_at))
        self._write(insert(sessions).values(**row, word=None))

    def find(self, value: str) -> KeptSession | None:
        """Return the session whose cookie has this value; None where there is none."""
        query = select(sessions).where(sessions.c.digest == self.digest(value))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return _session(row) if row else None

    def of(self, person: str) -> list[KeptSession]:
        """Return the sessions of one person, the latest first."""
        query = select(sessions).where(sessions.c.person == person).order_by(sessions.c.made_at.desc())
        with self._database.reading() as connection:
            return [_session(row) for row in connection.execute(query).mappings()]

    def seen(self, digest: str, at: datetime) -> None:
        """Note when somebody did something last."""
        self._write(update(sessions).where(sessions.c.digest == digest).values(last_seen=at))

    def leave(self, digest: str, word: str) -> None:
        """Keep what the next page is to say; empty: nothing."""
        self._write(update(sessions).where(sessions.c.digest == digest).values(word=word or None))

    def end(self, digest: str) -> None:
        """End one session."""
        self._write(delete(sessions).where(sessions.c.digest == digest))

    def end_all(self, person: str, *, but: str = "") -> None:
        """End every session of somebody, but the one of that digest."""
        self._write(delete(sessions).where(sessions.c.person == person, sessions.c.digest != but))

    def _write(self, statement: UpdateBase) -> None:
        with self._database.writing() as connection:
            connection.execute(statement)


def _session(row: RowMapping) -> KeptSession:
    fields: dict[str, Any] = dict(row)
    return KeptSession(**{**fields, "word": fields["word"] or ""})
