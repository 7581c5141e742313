"""When connections answered last, as far as the log tells."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select

from disengage.store.database import Database
from disengage.store.tables import events
from disengage.store.tagged import moment_from

#: Events that tell that a platform answered; a step that a person only stated tells nothing.
_KINDS = ("done", "not_needed", "connection_is_back", "connection_tried")
_PROVEN = frozenset({"verified", "receipt"})
#: So many of them are looked at, the newest first.
_MOST = 2000


class Answering:
    """Answers of connections; read, never written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self, connections: Collection[str]) -> dict[str, datetime]:
        """Return when each connection answered last; those of which the newest events tell nothing are left out."""
        query = select(events.c.at, events.c.kind, events.c.payload).where(events.c.kind.in_(_KINDS))
        found: dict[str, datetime] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query.order_by(events.c.seq.desc()).limit(_MOST)):
                name = _answered(row.kind, json.loads(row.payload), connections)
                if name:
                    found.setdefault(name, moment_from(row.at))
        return found


def _answered(kind: str, told: dict[str, Any], connections: Collection[str]) -> str:
    """Return the connection that an event tells to have answered; empty where it tells of none of them."""
    if kind.startswith("connection_"):
        return str(told["connection"]) if told.get("ok", True) and told["connection"] in connections else ""
    if kind == "done" and told["proof"] not in _PROVEN:
        return ""
    own = [name for name in connections if f"{told['step']}.".startswith(f"{name}.")]
    return max(own, key=len, default="")
