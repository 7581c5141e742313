"""SAF-T files inside a ZIP, as they are sent to the tax administration: checked as they lie there, never unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.saft_no import NAME, check_stream, days_covered, recognises
from disengage.vault.checks.spans import Span

_HEAD = 4096
_READ_HERE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


def checks(path: Path, subject: str, period: Period) -> Iterator[Check]:
    """Yield the checks of every SAF-T file in an archive whose table of contents is known to be harmless."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _files(archive):
                with archive.open(entry) as file:
                    yield from check_stream(cast("BinaryIO", file), f"{subject}: {_shown(entry)}", period)
    except _DAMAGED as error:
        yield not_checked(NAME, subject, f"a SAF-T file in it cannot be read: {type(error).__name__}")


def covers(path: Path) -> tuple[Span, ...]:
    """Return the days that the SAF-T files in an archive cover."""
    found: list[Span] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _files(archive):
                with archive.open(entry) as file:
                    found += days_covered(cast("BinaryIO", file))
    except _DAMAGED:
        return ()
    return tuple(found)


def _files(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for entry in archive.infolist():
        readable = not entry.flag_bits & _ENCRYPTED and entry.compress_type in _READ_HERE
        if readable and entry.filename.lower().endswith(".xml"):
            with archive.open(entry) as file:
                head = file.read(_HEAD)
            if recognises(entry.filename, head):
                yield entry


def _shown(entry: zipfile.ZipInfo) -> str:
    return "".join(char if char.isprintable() else "?" for char in entry.filename[:200])
