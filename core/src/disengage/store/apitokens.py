"""API tokens. A token is nowhere in the store: only a keyed digest of it, which opens nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.sql.dml import UpdateBase

from disengage.domain.rights import Right
from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.sealing import Seal
from disengage.store.tables import api_tokens as tokens


class ApiToken(Frozen):
    """One token of one person.

    Attributes:
        id: By which it is told of and revoked; opens nothing.
        person: For whom it acts.
        label: What the person calls it.
        scopes: The rights it was given.
        last_used: When it was used last, to the minute; None: never.
        revoked_at: Since when it lets nobody in; None: it was not revoked.
    """

    id: str
    person: str
    label: str
    scopes: frozenset[Right]
    made_at: datetime
    expires_at: datetime
    last_used: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Return whether it lets anybody in."""
        return self.revoked_at is None and now < self.expires_at


class ApiTokens:
    """Tokens, by what a program carries.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def add(self, token: ApiToken, secret: str) -> None:
        """Keep a token, but not its secret."""
        row = token.model_dump(include={"id", "person", "made_at", "expires_at"})
        scopes, sealed = _written(token.scopes), {"label": token.label}
        self._write(insert(tokens).values(**row, scopes=scopes, sealed=sealed, digest=self._digest(secret)))

    def find(self, secret: str) -> ApiToken | None:
        """Return the token of that secret, whether it still opens anything or not; None where there is none."""
        return next(iter(self._read(select(tokens).where(tokens.c.digest == self._digest(secret)))), None)

    def get(self, token_id: str) -> ApiToken | None:
        """Return the token of that id; None where there is none."""
        return next(iter(self._read(select(tokens).where(tokens.c.id == token_id))), None)

    def of(self, person: str) -> list[ApiToken]:
        """Return the tokens of one person, the latest first."""
        return self._read(select(tokens).where(tokens.c.person == person).order_by(tokens.c.made_at.desc()))

    def all(self) -> list[ApiToken]:
        """Return everybody's tokens, the latest first."""
        return self._read(select(tokens).order_by(tokens.c.made_at.desc()))

    def used(self, token_id: str, at: datetime) -> None:
        """Note when it was used."""
        self._write(update(tokens).where(tokens.c.id == token_id).values(last_used=at))

    def revoke(self, token_id: str, at: datetime) -> None:
        """Let nobody in with it any more; the first time counts."""
        which = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        self._write(which.values(revoked_at=at))

    def _read(self, query: Select[tuple[object, ...]]) -> list[ApiToken]:
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def _write(self, statement: UpdateBase) -> None:
        with self._database.writing() as connection:
            connection.execute(statement)

    def _digest(self, secret: str) -> str:
        return self._seal.mark("api token", secret.encode("utf-8", "replace")).hex()


def _token(row: RowMapping) -> ApiToken:
    fields = {name: value for name, value in row.items() if name not in ("digest", "sealed", "scopes")}
    return ApiToken(**fields, label=row["sealed"]["label"], scopes=frozenset(map(Right, row["scopes"].split())))


def _written(scopes: Iterable[Right]) -> str:
    return " ".join(right for right in Right if right in frozenset(scopes))
