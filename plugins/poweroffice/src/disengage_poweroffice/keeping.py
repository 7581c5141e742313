"""How the parts of a copy are written: row by row, and with a gap where Go refuses one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from disengage import RejectedError, Sink
from disengage.keptrows import json_array


def write_rows(sink: Sink, name: str, rows: Iterable[Any], source: str) -> None:
    """Write ``rows`` as one JSON array. The first is fetched before the file begins: no file for a refusal."""
    pieces = json_array(rows)
    sink.write(name, chain([next(pieces)], pieces), source=source)


def write_stream(sink: Sink, name: str, chunks: Iterable[bytes], source: str) -> bool:
    """Write one download; return False, and write nothing, where nothing came."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    if first:
        sink.write(name, chain([first], pieces), source=source)
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
