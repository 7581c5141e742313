"""The time stamps over the end of the event log, as it was when each was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, select

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.dialects import insert_into
from disengage.store.tables import timestamps

_BATCH = 100


class Stamp(Frozen):
    """One time stamp.

    Attributes:
        seq: The number of the event that was the last.
        hash: Its hash.
        token: The authority's whole answer (``TimeStampResp`` of RFC 3161, DER).
        at: When we asked for it, by our clock.
    """

    seq: int
    hash: str
    token: bytes
    at: datetime


class Stamps:
    """Every time stamp of one store.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, stamp: Stamp) -> None:
        """Keep a time stamp; where there is one over the same event, that one stays."""
        with self._database.writing() as connection:
            row = insert_into(connection, timestamps).values(stamp.model_dump())
            connection.execute(row.on_conflict_do_nothing(index_elements=["seq"]))

    def last(self) -> Stamp | None:
        """Return the newest; None where there is none."""
        return next(iter(self._read(select(timestamps).order_by(timestamps.c.seq.desc()).limit(1))), None)

    def all(self, *, since: int = 0) -> Iterator[Stamp]:
        """Yield them, oldest first, those over event ``since`` and later ones only."""
        after = since - 1
        query = select(timestamps).order_by(timestamps.c.seq).limit(_BATCH)
        while batch := self._read(query.where(timestamps.c.seq > after)):
            yield from batch
            after = batch[-1].seq

    def _read(self, query: Select[tuple[int, str, bytes, datetime]]) -> list[Stamp]:
        with self._database.reading() as connection:
            return [Stamp.model_validate(dict(row)) for row in connection.execute(query).mappings()]
