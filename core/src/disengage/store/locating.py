"""Say which column of a changed event is not what it was: the one that, put right, gives the recorded hash again.

Whoever wrote over a value leaves no trace of the old one, but often it can be found: a bit that flipped, another
value of the same column in the log, JSON that was only written otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from disengage.domain.values import canonical
from disengage.store.events import HASHED
from disengage.store.tables import events as table

#: So many values of one column are tried.
_MOST_VALUES = 1000
#: In longer texts a flipped bit is not looked for.
_LONGEST = 8192
#: So far off is the number of an event looked for.
_NEAR = 1000

_Candidates = Iterable[tuple[str, Any]]


def changed_column(connection: Connection, row: RowMapping, previous: str) -> str:
    """Return the column, with the place in it where that is known; empty where it cannot be told.

    Args:
        connection: The store's.
        row: The event; its content does not match its hash.
        previous: The hash of the event before; empty where that is not known.
    """
    found = dict(row)
    fits = _test(found)
    for look in (_chained(previous), _renumbered(found), _rewritten(found), _flipped(found), _known(connection)):
        for column, value in look:
            if fits(column, value):
                return f"{column}{_place(found[column], value)}"
    return ""


def _test(row: Mapping[str, Any]) -> Callable[[str, Any], bool]:
    """Return what says whether a row would have its hash if one column had another value.

    For texts and small numbers this JSON is the canonical one, in a fraction of the time.
    """
    content, wanted = {name: row[name] for name in HASHED}, row["hash"]

    def fits(column: str, value: Any) -> bool:
        text = json.dumps(content | {column: value}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return bool(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() == wanted)

    return fits


def _chained(previous: str) -> _Candidates:
    return [("previous", previous)] if previous else []


def _renumbered(row: Mapping[str, Any]) -> _Candidates:
    return (("seq", row["seq"] + off * sign) for off in range(1, _NEAR) for sign in (-1, 1))


def _rewritten(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    with suppress(ValueError, RecursionError):
        yield "payload", canonical(json.loads(row["payload"])).decode()


def _flipped(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column in HASHED:
        if isinstance(row[column], str) and len(row[column]) <= _LONGEST:
            yield from ((column, value) for value in _with_one_bit_flipped(row[column].encode()))


def _with_one_bit_flipped(content: bytes) -> Iterator[str]:
    changed = bytearray(content)
    for position in range(len(changed)):
        for bit in range(8):
            changed[position] ^= 1 << bit
            with suppress(UnicodeDecodeError):
                yield changed.decode()
            changed[position] ^= 1 << bit


def _known(connection: Connection) -> Iterator[tuple[str, Any]]:
    yield "case_id", None
    for name in ("kind", "case_id", "actor"):
        values: Sequence[Any] = connection.execute(select(table.c[name]).distinct().limit(_MOST_VALUES)).scalars().all()
        yield from ((name, value) for value in values)


def _place(found: Any, value: Any) -> str:
    """Return where two texts of the same length begin to differ."""
    if not (isinstance(found, str) and isinstance(value, str)) or len(found) != len(value):
        return ""
    at = next(number for number, pair in enumerate(zip(found, value, strict=True), 1) if pair[0] != pair[1])
    return f", character {at}"
