"""The program that reads PDFs for ``pdf_reading``: a question a line on standard input, an answer a line back.

It runs by itself, with limited memory, and imports nothing of this package: it may be killed at any moment.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

_TAIL = 4096
_CHUNK = 1 << 20
_END = b"%%EOF"


def main() -> None:
    """Answer until nobody asks any more."""
    most = int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    logging.disable(logging.CRITICAL)
    while line := sys.stdin.buffer.readline():
        question = json.loads(line)
        answer = _answer(question, sys.stdin.buffer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(question: dict[str, Any], stdin: BinaryIO) -> dict[str, Any]:
    if "size" in question:
        return _looked_at(io.BytesIO(stdin.read(question["size"])))
    try:
        with Path(question["path"]).open("rb") as file:
            return _looked_at(file)
    except OSError as error:
        return {"not_checked": f"it cannot be read: {error.strerror}"}


def _looked_at(file: BinaryIO) -> dict[str, Any]:
    if b"%PDF-" not in file.read(1024):
        return {"code": "not_pdf", "where": "its beginning", "message": "the file does not begin as a PDF does"}
    return _cut_short(file) or _pages(file)


def _cut_short(file: BinaryIO) -> dict[str, Any] | None:
    """Return the fault where the file ends before its end; what stands behind a whole PDF does no harm."""
    after = _behind_the_end(file)
    if after is not None and b" obj" not in after:
        return None
    return {"code": "cut_short", "where": "its end", "message": "the file ends before the end of the PDF"}


def _behind_the_end(file: BinaryIO) -> bytes | None:
    """Return the beginning of what comes after the last end mark; None where there is no mark."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    _, mark, after = file.read().rpartition(_END)
    if mark:
        return after
    place, seen, before = -1, 0, b""
    file.seek(0)
    while chunk := file.read(_CHUNK):
        found = (before + chunk).rfind(_END)
        place = seen - len(before) + found if found >= 0 else place
        seen += len(chunk)
        before = chunk[-len(_END) :]
    if place < 0:
        return None
    file.seek(place + len(_END))
    return file.read(_CHUNK)


def _pages(file: BinaryIO) -> dict[str, Any]:
    from pypdf import PdfReader

    file.seek(0)
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted:
            return {"not_checked": "it is encrypted"}
        pages = sum(1 for _ in reader.pages)
    except MemoryError:
        return {"not_checked": "reading it takes too much memory"}
    except Exception as error:  # noqa: BLE001 -- pypdf raises many kinds on a damaged file; all say: it does not open
        return {"code": "unreadable", "where": "its pages", "message": f"it does not open: {type(error).__name__}"}
    if not pages:
        return {"code": "no_page", "where": "its pages", "message": "it has no page"}
    return {"pages": pages}


if __name__ == "__main__":
    main()
