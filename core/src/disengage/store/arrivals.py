"""Sign-ins at an identity provider that are under way: what has to come back, and to whom. Each is taken once."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy import delete, insert

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import arrivals


class Arrival(Frozen):
    """What was sent along with somebody, to be compared with what comes back.

    Attributes:
        nonce: What the provider repeats in its token.
        verifier: What proves that it was us who asked (PKCE).
        there: Where the person wanted to go.
    """

    nonce: str = Field(repr=False)
    verifier: str = Field(repr=False)
    there: str


class Arrivals:
    """Who was sent away and is to come back.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def expect(self, state: str, browser: str, arrival: Arrival, now: datetime, expires_at: datetime) -> None:
        """Expect somebody back in time, with the same state and the same browser; forget who did not come."""
        row = {"digest": self._digest(state, browser), "expires_at": expires_at, "sealed": arrival.model_dump()}
        with self._database.writing() as connection:
            connection.execute(delete(arrivals).where(arrivals.c.expires_at <= now))
            connection.execute(insert(arrivals).values(row))

    def take(self, state: str, browser: str, now: datetime) -> Arrival | None:
        """Return what was sent along, once; None where nobody is expected with these, or not any more."""
        which = (arrivals.c.digest == self._digest(state, browser), arrivals.c.expires_at > now)
        with self._database.writing() as connection:
            row = connection.execute(delete(arrivals).where(*which).returning(arrivals.c.sealed)).first()
        return Arrival(**row.sealed) if row else None

    def _digest(self, state: str, browser: str) -> str:
        return self._seal.mark("arrival", f"{state}\0{browser}".encode("utf-8", "replace")).hex()
