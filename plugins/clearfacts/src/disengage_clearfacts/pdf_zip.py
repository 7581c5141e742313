"""Look into the ZIP file of a dossier's PDFs: it opens, holds only PDFs, as many as were counted, and nothing escapes.

The file comes from outside and is read as such: piece by piece, never unpacked to the disk, and only so far.
"""

from __future__ import annotations

import lzma
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Nobody's dossier is larger; a file that says so is a trap.
MOST_ENTRIES = 200_000
MOST_BYTES = 50 * 2**30
#: A PDF is packed already. What unpacks to more than this, beyond the first megabytes, is a bomb.
MOST_TIMES_ITS_SIZE = 200
_HARMLESS = 10 * 2**20
_PIECE = 2**20
_TAIL = 2048
_MOST_COMPLAINTS = 10
_SHOWN = 60
_ENCRYPTED = 0x1
#: What a complaint does not repeat: addresses, and numbers as long as a person's.
_PERSONAL = ((re.compile(r"[^\s@/]+@[^\s@/]+"), "[e-mail]"), (re.compile(r"\d(?:[ .-]?\d){8,}"), "[number]"))
_DRIVE = re.compile(r"[A-Za-z]:")
#: Control characters, halves of characters, and what turns or hides text.
_NO_CHARACTERS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


@dataclass(frozen=True)
class Limits:
    """How much is read at most.

    Attributes:
        entries: Entries in one file.
        total: Bytes of all entries, unpacked.
    """

    entries: int = MOST_ENTRIES
    total: int = MOST_BYTES


_USUAL = Limits()


def complaints(path: Path, count: int | None, limits: Limits = _USUAL) -> list[str]:
    """Return what is wrong with a ZIP file of PDFs, one sentence each; nothing where it is as it should be.

    Args:
        path: The file.
        count: How many documents the portal showed; None: nobody said.
        limits: How much is read at most.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            most = max(_HARMLESS, MOST_TIMES_ITS_SIZE * path.stat().st_size)
            return _cut(list(_of_archive(archive, count, Limits(limits.entries, min(limits.total, most)))))
    except _UNREADABLE:
        return ["The file does not open as a ZIP file."]


def _cut(found: list[str]) -> list[str]:
    more = len(found) - _MOST_COMPLAINTS
    return [*found[:_MOST_COMPLAINTS], f"There are {more} further complaints."] if more > 0 else found


def _of_archive(archive: zipfile.ZipFile, count: int | None, limits: Limits) -> Iterator[str]:
    entries = archive.infolist()
    if len(entries) > limits.entries:
        yield f"The ZIP file holds more than {limits.entries} entries."
        return
    yield from _names(entries)
    files = [entry for entry in entries if not entry.is_dir()]
    if not files:
        yield "The ZIP file holds no file."
    elif count is not None and len(files) != count:
        yield f"The ZIP file holds {len(files)} files, but the portal was said to show {count} documents."
    yield from _contents(archive, entries, limits.total)


def _names(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        complaint = _of_name(entry)
        as_stored = unicodedata.normalize("NFC", entry.filename).casefold().rstrip("/")
        if complaint is None and as_stored in seen:
            complaint = "is there twice, or differs from another in capitals only"
        seen.add(as_stored)
        if complaint:
            yield f"{_shown(entry, number)} {complaint}."


def _of_name(entry: zipfile.ZipInfo) -> str | None:
    """Say what is wrong with an entry's name or kind, before anything of it is read."""
    name = entry.orig_filename
    if not name or any(unicodedata.category(c) in _NO_CHARACTERS for c in name):
        return "has a name with characters that no file should have"
    if "\\" in name or name.startswith("/") or _DRIVE.match(name) or any(map(_climbs, name.split("/"))):
        return "has a name that leads out of its folder"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link and no file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.is_dir():
        return "is a folder that has content of its own" if entry.file_size else None
    return None if name.lower().endswith(".pdf") else "is not called .pdf"


def _climbs(part: str) -> bool:
    """Return whether a part of a path is ``..``, also as Windows reads it, which drops blanks and dots at the end."""
    return part.startswith("..") and not part.strip(" .")


def _contents(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], left: int) -> Iterator[str]:
    """Read every file once, whole, which checks its checksum; stop where it becomes too much."""
    for number, entry in enumerate(entries, 1):
        if entry.is_dir() or entry.flag_bits & _ENCRYPTED:
            continue
        try:
            size, complaint = _of_content(archive, entry, left)
        except _UNREADABLE:
            size, complaint = 0, "is damaged and cannot be read"
        if complaint:
            yield f"{_shown(entry, number)} {complaint}."
        left -= size
        if left < 0:
            yield "Nothing more of the ZIP file was read: unpacked, it is larger than any dossier."
            return


def _of_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> tuple[int, str | None]:
    """Return how many bytes of an entry were read, and what is wrong with them."""
    size, head, tail = 0, b"", b""
    most = max(_HARMLESS, MOST_TIMES_ITS_SIZE * entry.compress_size)
    with archive.open(entry) as content:
        while piece := content.read(_PIECE):
            head = head or piece[:5]
            size, tail = size + len(piece), (tail + piece)[-_TAIL:]
            if size > most:
                return size, "unpacks to far more than its size"
            if size > left:
                return size, "is larger than what may be read"
    sound = head == b"%PDF-" and b"%%EOF" in tail
    return size, None if sound else "is not a whole PDF"


def _shown(entry: zipfile.ZipInfo, number: int) -> str:
    """Name an entry by its place, and by its name as far as it can be repeated."""
    name = "".join(c if c.isprintable() else " " for c in entry.orig_filename)
    for pattern, instead in _PERSONAL:
        name = pattern.sub(instead, name)
    return f"Entry {number} ('{name if len(name) <= _SHOWN else name[:_SHOWN] + '…'}')"
