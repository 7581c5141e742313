"""Lists of a copy: written row by row as one JSON array, and read again the same way, never holding more than a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any


def json_array(rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield ``rows`` as the bytes of one JSON array, a row a line, never holding more than one."""
    before = "[\n"
    for row in rows:
        yield f"{before}{json.dumps(row, ensure_ascii=False)}".encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def rows_kept(path: Path) -> Iterator[Any]:
    """Yield the rows of a list that ``json_array`` made, never holding more than one; numbers as they are written.

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
