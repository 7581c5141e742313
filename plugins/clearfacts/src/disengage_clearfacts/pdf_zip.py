"""Whether a file is the ZIP of a dossier's PDFs: it opens, holds only PDFs, as many as counted, and nothing escapes.

Only its table of contents is read here, to refuse what is not the file that was asked for. Whether its content is
whole is checked where every kept history is: a damaged file is kept, and shuts the gate, since there may be no other.
"""

from __future__ import annotations

import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

#: Nobody's dossier is larger; a file that says so is a trap.
MOST_ENTRIES = 200_000
_MOST_COMPLAINTS = 10
_SHOWN = 60
#: What a complaint does not repeat: addresses, and numbers as long as a person's.
_PERSONAL = ((re.compile(r"[^\s@/]+@[^\s@/]+"), "[e-mail]"), (re.compile(r"\d(?:[ .-]?\d){8,}"), "[number]"))
_DRIVE = re.compile(r"[A-Za-z]:")
#: Control characters, halves of characters, and what turns or hides text.
_NO_CHARACTERS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNREADABLE = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


def complaints(path: Path, count: int | None, most_entries: int = MOST_ENTRIES) -> list[str]:
    """Return what is wrong with a ZIP file of PDFs, one sentence each; nothing where it is as it should be.

    Args:
        path: The file.
        count: How many documents the portal showed; None: nobody said.
        most_entries: More are not listed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _cut(list(_of_archive(archive, count, most_entries)))
    except _UNREADABLE:
        return ["The file does not open as a ZIP file."]


def _cut(found: list[str]) -> list[str]:
    more = len(found) - _MOST_COMPLAINTS
    return [*found[:_MOST_COMPLAINTS], f"There are {more} further complaints."] if more > 0 else found


def _of_archive(archive: zipfile.ZipFile, count: int | None, most_entries: int) -> Iterator[str]:
    entries = archive.infolist()
    if len(entries) > most_entries:
        yield f"The ZIP file holds more than {most_entries} entries."
        return
    yield from _names(entries)
    files = [entry for entry in entries if not entry.is_dir()]
    if not files:
        yield "The ZIP file holds no file."
    elif count is not None and len(files) != count:
        yield f"The ZIP file holds {len(files)} files, but the portal was said to show {count} documents."


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
    if entry.is_dir():
        return "is a folder that has content of its own" if entry.file_size else None
    return None if name.lower().endswith(".pdf") else "is not called .pdf"


def _climbs(part: str) -> bool:
    """Return whether a part of a path is ``..``, also as Windows reads it, which drops blanks and dots at the end."""
    return part.startswith("..") and not part.strip(" .")


def _shown(entry: zipfile.ZipInfo, number: int) -> str:
    """Name an entry by its place, and by its name as far as it can be repeated."""
    name = "".join(c if c.isprintable() else " " for c in entry.orig_filename)
    for pattern, instead in _PERSONAL:
        name = pattern.sub(instead, name)
    return f"Entry {number} ('{name if len(name) <= _SHOWN else name[:_SHOWN] + '…'}')"
