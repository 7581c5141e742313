"""The event log and the evidence as they are stored, for proving and for copies that leave the house."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import LargeBinary, RowMapping, Select, func, select, type_coerce

from disengage.errors import StoreError
from disengage.store import events
from disengage.store.database import Database
from disengage.store.events import Head
from disengage.store.proofs import EvidenceKind
from disengage.store.sealing import Seal
from disengage.store.tables import events as table
from disengage.store.tables import evidence

_BATCH = 500
_DETAIL = type_coerce(evidence.c.detail, LargeBinary).label("sealed")


class EvidenceCheck(NamedTuple):
    """What came of computing the digests of a case's evidence again.

    Attributes:
        pieces: How many there are.
        complaints: What is wrong with them.
        bags: Path and digest of every bag they tell of.
    """

    pieces: int
    complaints: tuple[str, ...]
    bags: tuple[tuple[str, str], ...]


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

    def cases_since(self, seq: int) -> dict[str, int]:
        """Return the number of the last event of each case that has one after event ``seq``."""
        query = select(table.c.case_id, func.max(table.c.seq)).where(table.c.seq > seq, table.c.case_id.is_not(None))
        with self._database.reading() as connection:
            return {str(row[0]): int(row[1]) for row in connection.execute(query.group_by(table.c.case_id))}

    def last_of(self, case_id: str) -> int:
        """Return the number of a case's last event; 0 where there is none."""
        query = select(func.coalesce(func.max(table.c.seq), 0)).where(table.c.case_id == case_id)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def rows(
        self, case_id: str | None = None, *, upto: int | None = None, kinds: Collection[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Yield events as stored, every column, in order: of one case or all, up to event ``upto``, of some kinds."""
        query = select(table).order_by(table.c.seq).limit(_BATCH)
        if case_id is not None:
            query = query.where(table.c.case_id == case_id)
        if upto is not None:
            query = query.where(table.c.seq <= upto)
        if kinds:
            query = query.where(table.c.kind.in_(kinds))
        after = 0
        while batch := self._read(query.where(table.c.seq > after)):
            yield from map(dict, batch)
            after = batch[-1]["seq"]

    def verify_evidence(self, case_id: str) -> EvidenceCheck:
        """Compute the digest of every piece of evidence of a case again."""
        count = 0
        complaints: list[str] = []
        bags: list[tuple[str, str]] = []
        for row in self._evidence(case_id):
            count += 1
            try:
                detail = self._seal.open(row["sealed"])
            except StoreError:
                complaints.append(f"{_which(case_id, row)} was changed: its column detail cannot be opened")
                continue
            complaints += self._complaints(case_id, row, detail)
            if row["kind"] == str(EvidenceKind.FILE):
                bags.append((detail["bag"], detail["digest"]))
        return EvidenceCheck(count, tuple(complaints), tuple(bags))

    def _evidence(self, case_id: str) -> Iterator[RowMapping]:
        columns = (evidence.c.id, evidence.c.step, evidence.c.kind, evidence.c.digest, _DETAIL)
        query = select(*columns).where(evidence.c.case_id == case_id).order_by(evidence.c.id).limit(_BATCH)
        last = 0
        while batch := self._read(query.where(evidence.c.id > last)):
            yield from batch
            last = batch[-1]["id"]

    def _read(self, query: Select[Any]) -> Sequence[RowMapping]:
        with self._database.reading() as connection:
            return connection.execute(query).mappings().all()

    def _complaints(self, case_id: str, row: RowMapping, detail: Any) -> Iterator[str]:
        expected, found = str(row["digest"]), self._seal.digest(detail)
        if not hmac.compare_digest(expected.encode(), found.encode()):
            digests = "(expected {}, found {})".format(*(text.partition(":")[2][:12] for text in (expected, found)))
            yield f"{_which(case_id, row)} was changed: its content does not match its digest {digests}"


def _which(case_id: str, row: RowMapping) -> str:
    return f"evidence {row['id']} of {case_id} ({row['step']})"
