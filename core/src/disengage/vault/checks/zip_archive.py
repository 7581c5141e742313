"""Whether a ZIP archive is whole: it opens, every entry is what its CRC-32 says, and nothing in it is a trap.

Its table of contents is measured before it is read, and its entries are read in pieces, never unpacked to a disk. PDFs
in it are opened as those beside it are. What is encrypted, or packed in a way that is not read here, is not checked.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from disengage.domain.checks import Check, Verdict, not_checked
from disengage.domain.request import Period
from disengage.vault.checks import pdf, zipped_saft
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.pdf_reading import Reading
from disengage.vault.checks.spans import Span
from disengage.vault.checks.zip_contents import too_large_to_list

NAME = "zip"

#: An archive that unpacks to more than this many times its size, and to more than a gigabyte, was made to do harm.
MOST_TIMES, HARMLESS = 200, 2**30

#: More than this is not read through.
MOST_BYTES = 64 * 2**30

#: A PDF larger than this is not taken out of an archive into memory.
LARGEST_PDF = 64 * 2**20

_CHUNK = 1 << 18
_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_READ_HERE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, RuntimeError)


def recognises(name: str, head: bytes) -> bool:
    """Return whether the file begins as a ZIP does, or is called one."""
    return head.startswith(_BEGINS) or name.lower().endswith(".zip")


def check(path: Path, subject: str, period: Period) -> tuple[Check, ...]:
    """Check one archive, and the audit files in it."""
    return tuple(check_all({subject: path}, period))


def check_all(files: Mapping[str, Path], period: Period) -> Iterable[Check]:
    """Check many archives with one process that reads their PDFs."""
    with Reading() as reading:
        for subject, path in files.items():
            made = _checked(path, subject, reading)
            yield made
            if made.verdict is Verdict.SOUND:
                yield from zipped_saft.checks(path, subject, period)


def covers(path: Path) -> tuple[Span, ...]:
    """Return the days whose books the audit files in an archive hold."""
    try:
        if too_large_to_list(path):
            return ()
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (*_DAMAGED, NotImplementedError):
        return ()
    return () if _is_a_bomb(unpacked, path.stat().st_size) else zipped_saft.covers(path)


def _checked(path: Path, subject: str, reading: Reading) -> Check:
    try:
        reason = too_large_to_list(path)
        if reason:
            return not_checked(NAME, subject, reason)
        with zipfile.ZipFile(path) as archive:
            return _Contents(archive, subject, path.stat().st_size, reading).check()
    except (*_DAMAGED, NotImplementedError) as error:
        faults = Faults(NAME, subject)
        faults.add("does_not_open", "its table of contents", f"the archive does not open: {type(error).__name__}")
        return faults.check()


class _Contents:
    """The entries of one archive, read through once."""

    def __init__(self, archive: zipfile.ZipFile, subject: str, size: int, reading: Reading) -> None:
        self._archive, self._subject, self._size, self._reading = archive, subject, size, reading
        self._faults = Faults(NAME, subject)
        self._unread: Counter[str] = Counter()
        self._read = self._pdfs = 0

    def check(self) -> Check:
        entries = [entry for entry in self._archive.infolist() if not entry.is_dir()]
        unpacked = sum(entry.file_size for entry in entries)
        if _is_a_bomb(unpacked, self._size):
            self._faults.add("bomb", "its entries", f"{self._size} bytes would unpack to {unpacked}")
            return self._faults.check()
        if unpacked > MOST_BYTES:
            return not_checked(NAME, self._subject, f"it would unpack to more than {MOST_BYTES // 2**30} GB")
        if not entries:
            self._faults.add("empty", "its table of contents", "the archive holds no file")
        for entry in entries:
            self._look_at(entry)
        return self._result()

    def _result(self) -> Check:
        if self._unread and not len(self._faults):
            reasons = ", ".join(f"{count} {why}" for why, count in sorted(self._unread.items()))
            return not_checked(NAME, self._subject, f"of {self._read + self._unread.total()} entries: {reasons}")
        return self._faults.check(f"{self._read} entries agree with their CRC-32, {self._pdfs} PDFs open")

    def _look_at(self, entry: zipfile.ZipInfo) -> None:
        if _leads_out(entry):
            self._faults.add("unsafe_name", _where(entry), "its name leads out of the folder it is unpacked to")
        if entry.flag_bits & _ENCRYPTED:
            self._unread["encrypted"] += 1
        elif entry.compress_type not in _READ_HERE:
            self._unread["packed in a way that is not read here"] += 1
        else:
            self._through(entry)

    def _through(self, entry: zipfile.ZipInfo) -> None:
        try:
            kept = self._content(entry)
        except (*_DAMAGED, NotImplementedError) as error:
            message = f"its content is not what was packed: {type(error).__name__}"
            self._faults.add("damaged_entry", _where(entry), message)
            return
        self._read += 1
        if kept is not None:
            self._open(entry, kept)

    def _content(self, entry: zipfile.ZipInfo) -> bytes | None:
        """Read one entry to its end, which compares its CRC-32; return its content where it is a PDF to be opened."""
        kept = bytearray()
        with self._archive.open(entry) as file:
            first = file.read(_CHUNK)
            is_pdf = pdf.recognises(entry.filename, first[:1024])
            keep = is_pdf and entry.file_size <= LARGEST_PDF
            chunk = first
            while chunk:
                if keep:
                    kept += chunk
                chunk = file.read(_CHUNK)
        if is_pdf and not keep:
            self._unread["PDF too large to be opened inside the archive"] += 1
        return bytes(kept) if keep else None

    def _open(self, entry: zipfile.ZipInfo, content: bytes) -> None:
        found = self._reading.content(content)
        if found.not_checked:
            self._unread[f"PDF where {found.not_checked}"] += 1
            self._read -= 1
        elif found.code:
            self._faults.add(found.code, f"{_where(entry)}, {found.where}", found.message)
        else:
            self._pdfs += 1


def _is_a_bomb(unpacked: int, size: int) -> bool:
    return unpacked > max(HARMLESS, MOST_TIMES * size)


def _leads_out(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename.replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or "\0" in name


def _where(entry: zipfile.ZipInfo) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in entry.orig_filename)
    return f"entry {printable[:200]}"
