"""Read an answer's body piece by piece, and stop as soon as it is larger than allowed, packed or unpacked."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator

import httpx

from disengage.http.border import TooLargeError, UndecodableError

_PIECE = 64 * 1024
_EXCERPT = 64 * 1024
_GZIP = zlib.MAX_WBITS | 16


def pieces(response: httpx.Response, limit: int, seconds: float | None = None) -> Iterator[bytes]:
    """Yield the unpacked body in small pieces.

    Args:
        response: An open answer.
        limit: Bytes, unpacked, that are read at most.
        seconds: How long the whole body may take; a platform that drips holds nobody for ever.

    Raises:
        TooLargeError: There is more than ``limit``.
        UndecodableError: It is packed in a way we did not ask for, or broken.
        httpx.ReadTimeout: ``seconds`` are over.
    """
    if int(response.headers.get("content-length") or 0) > limit:
        raise TooLargeError
    size, started = 0, time.monotonic()
    for piece in _unpacked(response):
        size += len(piece)
        if size > limit:
            raise TooLargeError
        if seconds is not None and time.monotonic() - started > seconds:
            raise httpx.ReadTimeout("the body takes too long")
        yield piece


def whole(response: httpx.Response, limit: int, seconds: float) -> bytes:
    """Return the whole body, unpacked; raises as ``pieces`` does."""
    return b"".join(pieces(response, limit, seconds))


def excerpt(response: httpx.Response, seconds: float) -> bytes:
    """Return what can be read of an error's body. Its status is already known, so nothing here fails."""
    read = bytearray()
    try:
        for piece in pieces(response, _EXCERPT, seconds):
            read += piece
    except (httpx.HTTPError, TooLargeError, UndecodableError):
        return bytes(read)
    return bytes(read)


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return response.iter_raw()  # as it comes: a chunk size would wait until one is full
    if encoding in ("gzip", "x-gzip"):
        return _gunzipped(response.iter_raw())
    raise UndecodableError


def _gunzipped(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack without ever holding more than one piece: a bomb is noticed while it is small."""
    unpack, began = zlib.decompressobj(_GZIP), False
    for chunk in packed:
        rest, began = chunk, True
        while rest:
            if unpack.eof:
                unpack = zlib.decompressobj(_GZIP)
            yield _inflated(unpack, rest)
            rest = unpack.unconsumed_tail or unpack.unused_data
    if began and not unpack.eof:
        raise UndecodableError


def _inflated(unpack: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return unpack.decompress(packed, _PIECE)
    except zlib.error:
        raise UndecodableError from None
