"""Rotated tokens, sealed: ``disengage.connector.TokenStore``."""

from __future__ import annotations

from sqlalchemy import select

from disengage.store.database import Database
from disengage.store.dialects import put
from disengage.store.sealing import Seal
from disengage.store.tables import tokens


class Tokens:
    """Keeps tokens in the store; neither a token nor its name is there in clear."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def get(self, name: str) -> str | None:
        """Return the token last kept under ``name``."""
        query = select(tokens.c.value).where(tokens.c.name == self._kept(name))
        with self._database.reading() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name``; on return it is on the disk."""
        with self._database.writing() as connection:
            put(connection, tokens, "name", {"name": self._kept(name), "value": value})

    def _kept(self, name: str) -> str:
        return self._seal.mark("token", name.encode("utf-8")).hex()
