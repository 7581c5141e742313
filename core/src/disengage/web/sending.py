"""Send what leaves the house: always as a download, which runs nowhere, and of which nothing stays behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

#: Whatever a browser makes of it, it can do nothing.
_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
_PDF, _ANY = "application/pdf", "application/octet-stream"
_PIECE = 1 << 18


def attachment(content: bytes, name: str) -> Response:
    """Return an answer that a browser saves under ``name``."""
    return Response(content, media_type=_kind(name), headers=_headers(name, len(content)))


def sent(file: Path, name: str) -> Response:
    """Return an answer that streams a file, which the caller may remove at once, whatever its size."""
    return streamed(file.open("rb"), name, file.stat().st_size)


def streamed(opened: BinaryIO, name: str, size: int) -> Response:
    """Return an answer that streams what is open already, from where it stands, and closes it."""
    return StreamingResponse(_pieces(opened), media_type=_kind(name), headers=_headers(name, size))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(_PIECE), b"")


def _kind(name: str) -> str:
    return _PDF if name.lower().endswith(".pdf") else _ANY


def _headers(name: str, size: int) -> dict[str, str]:
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_. ") else "_" for letter in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {**_HEADERS, "Content-Disposition": disposition, "Content-Length": str(size)}
