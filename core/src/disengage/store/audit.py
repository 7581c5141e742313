"""Find out whether the event log is as it was recorded. It complains; it never raises because of what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, text
from sqlalchemy.exc import DBAPIError

from disengage.store import events, triggers
from disengage.store.events import Head, hash_of
from disengage.store.locating import changed_column
from disengage.store.sealing import Seal
from disengage.store.tables import events as table

#: Called with the number of events looked at, and of all.
Progress = Callable[[int, int], None]

_BATCH = 500
#: So many complaints are listed, and of so many the column is looked for; the rest are counted.
MOST = 1000
_MOST_LOCATED = 20
#: The largest number that canonical JSON can hold, plus one.
_LARGEST = 2**53
#: Column and value that say: an event of the house.
_NO_CASE = ("case_id", None)

#: An event's number, and its row; None where it cannot be read.
_Read = tuple[int, RowMapping | None]


def complaints(connection: Connection, seal: Seal, progress: Progress | None = None) -> tuple[str, ...]:
    """Return everything that is wrong with the event log, the first thousand in words; nothing when it is sound."""
    found: list[str] = []
    more = 0
    for look in (_structure(connection), _Log(connection, seal, progress).complaints()):
        try:
            for complaint in look:
                if len(found) < MOST:
                    found.append(complaint)
                else:
                    more += 1
        except DBAPIError as error:
            found.append(f"the event log cannot be read ({type(error.orig).__name__})")
    return (*found, f"{more} further complaints about the event log") if more else tuple(found)


def _structure(connection: Connection) -> Iterator[str]:
    for name in triggers.missing(connection):
        yield f"the trigger {name}, which keeps the event log append-only, is missing or was changed"
    if connection.dialect.name != "sqlite":
        return
    for line in connection.execute(text("PRAGMA integrity_check(10)")).scalars():
        if line != "ok":
            yield f"the file of the store is damaged: {line}"


class _Log:
    """One reading of the log, event after event."""

    def __init__(self, connection: Connection, seal: Seal, progress: Progress | None) -> None:
        self._connection, self._seal, self._progress = connection, seal, progress
        self._located = 0

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong; raises what the database raises."""
        end = events.head(self._connection)
        if end is None or not end.signed_with(self._seal):
            yield f"the recorded end of the event log is missing or was changed from outside{self._forged(end)}"
        last, previous = 0, events.GENESIS
        for seq, row in _rows(self._connection):
            if seq <= last:
                yield f"event {seq} is none of the log, which begins with event 1"
                continue
            yield from _gap(last, seq)
            yield from self._event(seq, row, previous if seq == last + 1 else "")
            last, previous = seq, row["hash"] if row else ""
            if self._progress and end:
                self._progress(seq, end.seq)
        if end is not None:
            yield from _end(end, last, previous)

    def _event(self, seq: int, row: RowMapping | None, previous: str) -> Iterator[str]:
        if row is None:
            yield f"event {seq} cannot be read{_unreadable(self._connection, seq)}"
            return
        if (content := hash_of(row)) != row["hash"]:
            what = f"event {seq} was changed: its content does not match its hash"
            yield f"{what} {_digests(row['hash'], content)}{self._where(row, content, previous)}"
        if previous and row["previous"] != previous:
            yield f"event {seq} does not follow event {seq - 1} {_digests(previous, row['previous'])}"

    def _where(self, row: RowMapping, content: str, previous: str) -> str:
        """Say which column it was, as long as there are few such events: each takes a moment."""
        self._located += 1
        if self._located > _MOST_LOCATED:
            return ""
        following = self._connection.execute(select(table.c.previous).where(table.c.seq == row["seq"] + 1)).scalar()
        column = "hash" if following == content else changed_column(self._connection, row, previous)
        return f"; it is the column {column}" if column else "; which column it is cannot be told"

    def _forged(self, end: Head | None) -> str:
        """Say which column of the end was changed, where everything else still fits the log's last event."""
        last = self._connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
        if end is None or last is None:
            return ""
        if (end.seq, end.hash) == tuple(last):
            return f": its column signature does not belong to event {end.seq}"
        if end._replace(seq=last.seq, hash=last.hash).signed_with(self._seal):
            return f": its column {'hash' if end.seq == last.seq else 'seq'}"
        return ""


def _gap(last: int, seq: int) -> Iterator[str]:
    if seq == last + 2:
        yield f"event {last + 1} is missing"
    elif seq > last + 2:
        yield f"events {last + 1} to {seq - 1} are missing"


def _digests(expected: str, found: str) -> str:
    return f"(expected {expected[:12]}, found {found[:12]})"


def _end(end: Head, last: int, previous: str) -> Iterator[str]:
    if last < end.seq:
        yield from _gap(last, end.seq + 1)
    elif last > end.seq:
        yield f"event {last} stands behind the recorded end, which is event {end.seq}"
    elif previous != end.hash:
        yield f"event {last} is not the one that was recorded as the last {_digests(end.hash, previous)}"


def _unreadable(connection: Connection, seq: int) -> str:
    """Name the columns of an event that hold no text, or none that can be read."""
    names = [column.name for column in table.columns if column.name != "seq"]
    wrong = [name for name in names if not _is_text(connection, seq, name)]
    return f": its column {', '.join(wrong)} is no text" if wrong else ""


def _is_text(connection: Connection, seq: int, name: str) -> bool:
    try:
        found = connection.execute(select(table.c[name]).where(table.c.seq == seq)).scalar()
        return isinstance(found, str) or (name, found) == _NO_CASE
    except DBAPIError:
        return False


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
    """Return a row that can be hashed: SQLite keeps any type in any column. An event of the house has no case."""
    texts = all(isinstance(value, str) for name, value in row.items() if name != "seq" and (name, value) != _NO_CASE)
    return row if texts and abs(row["seq"]) < _LARGEST else None
