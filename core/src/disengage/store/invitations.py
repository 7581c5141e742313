"""One-time links: each opens one door once. Only a keyed digest of its secret part is kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping, delete, insert, select, update

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import invitations


class Purpose(StrEnum):
    """What a link is for.

    Attributes:
        SETUP: Makes the first person.
        INVITATION: Lets somebody in for the first time.
        RESET: Gives somebody another password.
    """

    SETUP = "setup"
    INVITATION = "invitation"
    RESET = "reset"


class Invitation(Frozen):
    """One link.

    Attributes:
        person: For whom it is; None: for whoever comes first.
        used_at: When it was used; None: it was not.
    """

    person: str | None
    purpose: Purpose
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class Invitations:
    """Links, by their secret parts.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def issue(self, secret: str, invitation: Invitation) -> None:
        """Keep a link in place of every other one for the same person."""
        with self._database.writing() as connection:
            connection.execute(delete(invitations).where(invitations.c.person == invitation.person))
            connection.execute(insert(invitations), {"digest": self._digest(secret), **invitation.model_dump()})

    def find(self, secret: str) -> Invitation | None:
        """Return the link with this secret part; None where there is none."""
        query = select(invitations).where(invitations.c.digest == self._digest(secret))
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return _invitation(row) if row else None

    def standing(self, at: datetime) -> list[Invitation]:
        """Return the links that can still be used."""
        query = select(invitations).where(invitations.c.used_at.is_(None), invitations.c.expires_at > at)
        with self._database.reading() as connection:
            return [_invitation(row) for row in connection.execute(query).mappings()]

    def use(self, secret: str, at: datetime) -> bool:
        """Note that a link was used; return False where it was used already."""
        unused = (invitations.c.digest == self._digest(secret), invitations.c.used_at.is_(None))
        with self._database.writing() as connection:
            return connection.execute(update(invitations).where(*unused).values(used_at=at)).rowcount == 1

    def withdraw(self, person: str | None) -> None:
        """Let no link for this person open anything any more."""
        with self._database.writing() as connection:
            connection.execute(delete(invitations).where(invitations.c.person == person))

    def _digest(self, secret: str) -> str:
        return self._seal.mark("invitation", secret.encode()).hex()


def _invitation(row: RowMapping) -> Invitation:
    return Invitation(**{name: value for name, value in row.items() if name != "digest"})
