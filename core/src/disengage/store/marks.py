"""Small marks of who uses the store: how far somebody has read, the day on which something was done last."""

from __future__ import annotations

from sqlalchemy import Connection, select

from disengage.store.dialects import put
from disengage.store.tables import meta


def read(connection: Connection, name: str) -> str | None:
    """Return the mark of that name; None where there is none."""
    found: str | None = connection.execute(select(meta.c.value).where(meta.c.name == _kept(name))).scalar()
    return found


def keep(connection: Connection, name: str, value: str) -> None:
    """Keep a mark in place of the one of the same name."""
    put(connection, meta, "name", {"name": _kept(name), "value": value})


def _kept(name: str) -> str:
    """Keep marks apart from what the store itself notes."""
    return f"mark {name}"
