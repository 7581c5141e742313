"""Find every PDF among kept files, inside ZIP archives too, without ever holding a whole one in memory."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO, NamedTuple

from disengage.engine.packing import pieces

#: A PDF says so within so many bytes (ISO 32000-1, annex H.3.4.1).
_HEAD = 1024
_DEEPEST = 3
#: An archive inside an archive is kept in memory up to this size, beyond on the disk.
_SPOOLED = 8 << 20
#: What grows more than this, beyond a first 64 MB, is no document.
_GROWS, _SURELY_FINE = 200, 64 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Found(NamedTuple):
    """A PDF, or what could not be looked into.

    Attributes:
        name: Its name; inside archives, theirs before it, joined by slashes.
        chunks: Its content, to be read before the next one is asked for; None where it could not be read.
        why: Why it could not be.
    """

    name: str
    chunks: Iterator[bytes] | None
    why: str = ""


def pdfs_in(name: str, file: IO[bytes], depth: int = 0) -> Iterator[Found]:
    """Yield the PDFs in one kept file: itself, or what is in it.

    Args:
        name: What it is called.
        file: The file, at its beginning; it can seek.
        depth: In how many archives it lies.
    """
    head = file.read(_HEAD)
    if b"%PDF-" in head:
        yield Found(name, chain([head], pieces(file)))
    elif head.startswith(b"PK\x03\x04") or name.lower().endswith(".zip"):
        file.seek(0)
        yield from _in_archive(name, file, depth)


def _in_archive(name: str, file: IO[bytes], depth: int) -> Iterator[Found]:
    if depth >= _DEEPEST:
        yield Found(name, None, "archives in archives, deeper than is looked")
        return
    try:
        with zipfile.ZipFile(file) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if any(info.filename in ("[Content_Types].xml", "mimetype") for info in members):
                return  # a document of an office program, which is an archive too
            for info in members:
                yield from _member(f"{name}/{info.filename}", archive, info, depth)
    except _BROKEN:
        yield Found(name, None, "it cannot be opened as a ZIP archive")


def _member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, depth: int) -> Iterator[Found]:
    is_archive = info.filename.lower().endswith(".zip")
    if info.flag_bits & 1:
        yield Found(name, None, "it is encrypted")
        return
    if info.file_size > _SURELY_FINE and info.file_size > _GROWS * max(info.compress_size, 1):
        yield Found(name, None, "it grows suspiciously when it is unpacked")
        return
    try:
        is_pdf = _looked_at(archive, info)
    except _BROKEN:
        yield Found(name, None, "it is damaged")
        return
    if is_pdf:
        with archive.open(info) as opened:
            yield Found(name, pieces(opened))
    elif is_archive:
        with tempfile.SpooledTemporaryFile(_SPOOLED) as spooled, archive.open(info) as opened:
            for piece in pieces(opened):
                spooled.write(piece)
            spooled.seek(0)
            yield from _in_archive(name, spooled, depth + 1)


def _looked_at(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Return whether a member is a PDF; it, or an archive, is read to its end, so that damage is known before."""
    with archive.open(info) as opened:
        is_pdf = b"%PDF-" in opened.read(_HEAD)
        if is_pdf or info.filename.lower().endswith(".zip"):
            for _ in pieces(opened):
                pass
    return is_pdf
