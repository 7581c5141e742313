"""How the parts of a copy are written and read again: row by row, and with a gap where Go refuses one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from disengage import RejectedError, Sink


def write_rows(sink: Sink, name: str, rows: Iterable[Any], source: str) -> None:
    """Write ``rows`` as one JSON array. The first is fetched before the file begins: no file for a refusal."""
    pieces = json_array(rows)
    sink.write(name, _chain(next(pieces), pieces), source=source)


def write_stream(sink: Sink, name: str, chunks: Iterable[bytes], source: str) -> bool:
    """Write one download; return False, and write nothing, where nothing came."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    if first:
        sink.write(name, _chain(first, pieces), source=source)
    return bool(first)


class Gap:
    """Turns Go's refusal of one part into a gap: a missing privilege or module, or a document that is gone."""

    def __init__(self, sink: Sink, name: str) -> None:
        self.sink, self.name = sink, name

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, RejectedError):
            self.sink.gap(f"{self.name}: Go refused it (status {error.status}).")
        return isinstance(error, RejectedError)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def json_array(rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield ``rows`` as the bytes of one JSON array, a row a line, never holding more than one."""
    before = "[\n"
    for row in rows:
        yield f"{before}{json.dumps(row, ensure_ascii=False)}".encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def rows_kept(path: Path) -> Iterator[Any]:
    """Yield the rows of a list that ``write_rows`` wrote, never holding more than one; numbers as they are written.

    Raises:
        ValueError: It is not such a list, or ends in the middle.
        OSError: It cannot be read.
    """
    whole = False
    with path.open("rb") as file:
        for line in file:
            text = line.strip().removesuffix(b",")
            whole = text in (b"]", b"[]")
            if not whole and text != b"[":
                yield json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    if not whole:
        raise ValueError("the list ends in the middle")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
