"""The event log: append-only rows, each holding the hash of the one before.

A row's ``hash`` is the SHA-256, in hexadecimal, of the canonical JSON (RFC 8785) of an object with every other column
of the row, as stored: ``seq`` a number; ``case_id``, ``at``, ``kind``, ``actor``, ``payload`` and ``previous`` texts,
``payload`` itself being canonical JSON; ``case_id`` is null for an event of the house, which belongs to no case. The
first row's ``previous`` is 64 zeros. The one row of ``chain_head`` repeats the last event's ``seq`` and ``hash``,
signed with the store's key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from disengage.domain.values import Frozen, canonical
from disengage.errors import StoreError
from disengage.store.sealing import Seal
from disengage.store.tables import chain_head
from disengage.store.tables import events as table
from disengage.store.tagged import moment_from, moment_text

#: What stands for the hash before the first event.
GENESIS = "0" * 64

#: The columns under the hash.
HASHED = tuple(column.name for column in table.columns if column.name != "hash")


_HEAD = select(chain_head.c.seq, chain_head.c.hash, chain_head.c.signature).where(chain_head.c.id == 1)
_LOCKED = _HEAD.with_for_update()
_MOVED = update(chain_head).where(chain_head.c.id == 1)


class EventRecord(Frozen):
    """One recorded event.

    Attributes:
        case: The case; empty for an event of the house.
    """

    seq: int
    case: str
    at: datetime
    kind: str
    actor: str
    payload: dict[str, Any]
    previous: str
    hash: str


class Draft(NamedTuple):
    """An event that is not recorded yet; ``payload`` is canonical JSON already."""

    at: datetime
    kind: str
    actor: str
    payload: str


class Head(NamedTuple):
    """Where the log ends."""

    seq: int
    hash: str
    signature: str

    def signed_with(self, seal: Seal) -> bool:
        """Return whether the signature is of this store's key."""
        return hmac.compare_digest(self.signature, _signature(seal, self.seq, self.hash))


def draft(at: datetime, kind: str, actor: str, payload: Mapping[str, Any]) -> Draft:
    """Return an event to append.

    Raises:
        rfc8785.CanonicalizationError: The payload holds something that JSON does not have.
    """
    return Draft(at, kind, actor, canonical(dict(payload)).decode("utf-8"))


def hash_of(row: Mapping[str, Any] | RowMapping) -> str:
    """Return the hash that belongs to a row."""
    return hashlib.sha256(canonical({name: row[name] for name in HASHED})).hexdigest()


def begin(connection: Connection, seal: Seal) -> None:
    """Write the head of an empty log."""
    connection.execute(insert(chain_head), {"id": 1, **_head(seal, 0, GENESIS)})


def head(connection: Connection, *, lock: bool = False) -> Head | None:
    """Return where the log ends, None where that is not recorded; ``lock`` keeps others from appending."""
    row = connection.execute(_LOCKED if lock else _HEAD).first()
    return Head(*row) if row else None


def append(connection: Connection, seal: Seal, case_id: str, drafts: Sequence[Draft]) -> list[EventRecord]:
    """Append events of a case, or of the house, to the log, after whatever anyone else has appended.

    Args:
        connection: The transaction.
        seal: The key of the store.
        case_id: The case; empty: none.
        drafts: What is to be recorded.

    Raises:
        StoreError: The head of the log was changed by somebody who does not have the key.
    """
    if not drafts:
        return []
    last = head(connection, lock=True)
    if last is None or not last.signed_with(seal):
        raise StoreError(
            "The store is damaged: the end of the event log was changed from outside.",
            remedy="Look at it with 'disengage verify', and restore the store from your backup.",
        )
    rows = _chained(case_id, drafts, last)
    connection.execute(insert(table), rows)
    connection.execute(_MOVED, _head(seal, rows[-1]["seq"], rows[-1]["hash"]))
    return [_record(row) for row in rows]


def read(
    connection: Connection, case_id: str | None = None, after: int = 0, limit: int | None = None
) -> list[EventRecord]:
    """Return recorded events in order, of one case, the house (an empty id) or all, those after ``after`` only."""
    query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
    if case_id is not None:
        query = query.where(table.c.case_id == (case_id or None))
    return [_record(row) for row in connection.execute(query).mappings()]


def newest(connection: Connection) -> int:
    """Return the number of the last event; 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one())


def count(connection: Connection) -> int:
    """Return how many events there are."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _chained(case_id: str, drafts: Sequence[Draft], last: Head) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    previous = last.hash
    for seq, new in enumerate(drafts, last.seq + 1):
        row: dict[str, Any] = {"seq": seq, "case_id": case_id or None, "previous": previous, **new._asdict()}
        row["at"] = moment_text(new.at)
        row["hash"] = previous = hash_of(row)
        rows.append(row)
    return rows


def _record(row: Mapping[str, Any] | RowMapping) -> EventRecord:
    return EventRecord(
        seq=row["seq"],
        case=row["case_id"] or "",
        at=moment_from(row["at"]),
        kind=row["kind"],
        actor=row["actor"],
        payload=json.loads(row["payload"]),
        previous=row["previous"],
        hash=row["hash"],
    )


def _head(seal: Seal, seq: int, hash_: str) -> dict[str, Any]:
    return {"seq": seq, "hash": hash_, "signature": _signature(seal, seq, hash_)}


def _signature(seal: Seal, seq: int, hash_: str) -> str:
    return seal.mark("head", canonical({"seq": seq, "hash": hash_})).hex()
