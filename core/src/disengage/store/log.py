"""The event log and the evidence as they are stored, for proving and for copies that leave the house."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from sqlalchemy import LargeBinary, RowMapping, select, type_coerce

from disengage.errors import StoreError
from disengage.store import events
from disengage.store.database import Database
from disengage.store.events import Head
from disengage.store.sealing import Seal
from disengage.store.tables import events as table
from disengage.store.tables import evidence

_BATCH = 500
_DETAIL = type_coerce(evidence.c.detail, LargeBinary).label("sealed")


class Log:
    """What was recorded, read in batches, however much there is.

    Args:
        database: The database.
        seal: Its key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def head(self) -> Head | None:
        """Return where the log ends; None where that is not recorded."""
        with self._database.reading() as connection:
            return events.head(connection)

    def is_signed(self, head: Head) -> bool:
        """Return whether the log's end carries the signature of this store's key."""
        return head.signed_with(self._seal)

    def hash_at(self, seq: int) -> str | None:
        """Return the stored hash of one event; None where there is none."""
        with self._database.reading() as connection:
            found: str | None = connection.execute(select(table.c.hash).where(table.c.seq == seq)).scalar()
            return found

    def rows(self, case_id: str | None = None, *, upto: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield events as stored, every column, in order, of one case or all, up to event ``upto``."""
        after = 0
        while batch := self._rows(case_id, after, upto):
            yield from batch
            after = batch[-1]["seq"]

    def _rows(self, case_id: str | None, after: int, upto: int | None) -> list[dict[str, Any]]:
        query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(_BATCH)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if upto is not None:
            query = query.where(table.c.seq <= upto)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def verify_evidence(self, case_id: str) -> tuple[int, tuple[str, ...]]:
        """Compute the digest of every piece of evidence of a case again; return how many, and what is wrong."""
        count = 0
        found: list[str] = []
        for row in self._evidence(case_id):
            count += 1
            found += self._complaints(case_id, row)
        return count, tuple(found)

    def _evidence(self, case_id: str) -> Iterator[RowMapping]:
        query = select(evidence.c.id, evidence.c.step, evidence.c.digest, _DETAIL).order_by(evidence.c.id)
        query = query.where(evidence.c.case_id == case_id).limit(_BATCH)
        last = 0
        while True:
            with self._database.reading() as connection:
                batch = connection.execute(query.where(evidence.c.id > last)).mappings().all()
            if not batch:
                return
            yield from batch
            last = batch[-1]["id"]

    def _complaints(self, case_id: str, row: RowMapping) -> Iterator[str]:
        which = f"evidence {row['id']} of {case_id} ({row['step']})"
        try:
            digest = self._seal.digest(self._seal.open(row["sealed"]))
        except StoreError:
            yield f"{which} was changed: its column detail cannot be opened"
            return
        if not hmac.compare_digest(str(row["digest"]), digest):
            found, expected = (text.partition(":")[2][:12] for text in (digest, str(row["digest"])))
            yield f"{which} was changed: its content does not match its digest (expected {expected}, found {found})"
