"""Find out whether the event log is as it was recorded. It complains; it never raises because of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, text
from sqlalchemy.exc import DBAPIError

from disengage.store import events, triggers
from disengage.store.events import Head, hash_of
from disengage.store.sealing import Seal
from disengage.store.tables import events as table

#: Called with the number of events looked at, and of all.
Progress = Callable[[int, int], None]

_BATCH = 500
#: The largest number that canonical JSON can hold, plus one.
_LARGEST = 2**53

#: An event's number, and its row; None where it cannot be read.
_Read = tuple[int, RowMapping | None]


def complaints(connection: Connection, seal: Seal, progress: Progress | None = None) -> tuple[str, ...]:
    """Return everything that is wrong with the event log; nothing when it is sound."""
    found: list[str] = []
    for look in (_structure(connection), _log(connection, seal, progress)):
        try:
            found.extend(look)
        except DBAPIError as error:
            found.append(f"the event log cannot be read ({type(error.orig).__name__})")
    return tuple(found)


def _structure(connection: Connection) -> Iterator[str]:
    for name in triggers.missing(connection):
        yield f"the trigger {name}, which keeps the event log append-only, is missing or was changed"
    if connection.dialect.name != "sqlite":
        return
    for line in connection.execute(text("PRAGMA integrity_check(10)")).scalars():
        if line != "ok":
            yield f"the file of the store is damaged: {line}"


def _log(connection: Connection, seal: Seal, progress: Progress | None) -> Iterator[str]:
    end = events.head(connection)
    if end is None or not end.signed_with(seal):
        yield "the recorded end of the event log is missing or was changed from outside"
    last, previous = 0, events.GENESIS
    for seq, row in _rows(connection):
        if seq <= last:
            yield f"event {seq} is none of the log, which begins with event 1"
            continue
        yield from _gap(last, seq)
        yield from _event(seq, row, previous if seq == last + 1 else "")
        last, previous = seq, row["hash"] if row else ""
        if progress and end:
            progress(seq, end.seq)
    if end is not None:
        yield from _end(end, last, previous)


def _gap(last: int, seq: int) -> Iterator[str]:
    if seq == last + 2:
        yield f"event {last + 1} is missing"
    elif seq > last + 2:
        yield f"events {last + 1} to {seq - 1} are missing"


def _event(seq: int, row: RowMapping | None, previous: str) -> Iterator[str]:
    if row is None:
        yield f"event {seq} cannot be read"
        return
    if hash_of(row) != row["hash"]:
        yield f"event {seq} was changed: its content does not match its hash"
    if previous and row["previous"] != previous:
        yield f"event {seq} does not follow event {seq - 1}"


def _end(end: Head, last: int, previous: str) -> Iterator[str]:
    if last < end.seq:
        yield from _gap(last, end.seq + 1)
    elif last > end.seq:
        yield f"event {last} stands behind the recorded end, which is event {end.seq}"
    elif previous != end.hash:
        yield f"event {last} is not the one that was recorded as the last"


def _rows(connection: Connection) -> Iterator[_Read]:
    """Read in batches; where one cannot be read, its events one by one."""
    last = -(2**62)
    while batch := _batch(connection, last):
        yield from batch
        last = batch[-1][0]


def _batch(connection: Connection, after: int) -> Sequence[_Read]:
    following = table.c.seq > after
    try:
        rows = connection.execute(_in_order(table.c, following)).mappings()
        return [(row["seq"], _sound(row)) for row in rows]
    except DBAPIError:
        numbers = list(connection.execute(_in_order([table.c.seq], following)).scalars())
        return [(seq, _single(connection, seq)) for seq in numbers]


def _in_order(columns: Iterable[Any], following: Any) -> Any:
    return select(*columns).where(following).order_by(table.c.seq).limit(_BATCH)


def _single(connection: Connection, seq: int) -> RowMapping | None:
    try:
        return _sound(connection.execute(select(table).where(table.c.seq == seq)).mappings().one())
    except DBAPIError:
        return None


def _sound(row: RowMapping) -> RowMapping | None:
    """Return a row that can be hashed: SQLite keeps any type in any column."""
    texts = all(isinstance(value, str) for name, value in row.items() if name != "seq")
    return row if texts and abs(row["seq"]) < _LARGEST else None
