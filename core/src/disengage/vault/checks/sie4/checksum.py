r"""The checksum ``#KSUMMA`` of a SIE file.

By sections 10.4 to 10.14 of *SIE filformat, utgåva 4B*: a first ``#KSUMMA`` without a value begins it, a last one
carries it; CRC-32 with the polynomial EDB88320, FFFFFFFF before and inverted after (the CRC-32 of zlib), over the label
and the fields of every record in between, without the blanks and tabs between them, without the quotation marks around
a field, without the braces around object lists and vouchers; of ``\"`` inside a field only the mark counts; letters
count as code page 437. It is optional. One that begins and never ends means a file cut short (10.6).
"""

from __future__ import annotations

import zlib

from disengage.domain.checks import Check, not_checked
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.sie4.records import Record

NAME = "sie4-checksum"

_FULL = 0xFFFFFFFF
_OTHER_SETS = ("latin-1", "utf-8")


class Checksum:
    """Sums a file up, as it is and as if it had been written in code page 437."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._began = 0
        self._ended: Record | None = None
        self._sums = dict.fromkeys(("", *_OTHER_SETS), 0)

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        if record.label == "KSUMMA":
            self._mark(record)
        elif self._began and self._ended is None and record.label not in ("{", "}"):
            self._add(record.summed)

    def _mark(self, record: Record) -> None:
        if self._began or record.text(0):
            self._ended = self._ended or record
        else:
            self._began = record.line

    def _add(self, text: bytes) -> None:
        for charset, value in self._sums.items():
            self._sums[charset] = zlib.crc32(_in_code_page_437(text, charset), value)

    def check(self) -> Check:
        """Return whether the sum is the one stated."""
        faults = Faults(NAME, self.subject)
        if self._ended is None and not self._began:
            return not_checked(NAME, self.subject, "the file has no #KSUMMA; it is optional")
        if self._ended is None:
            faults.add("checksum_missing", f"line {self._began}", "a checksum begins here and never ends: cut short")
        elif not self._began:
            return not_checked(NAME, self.subject, "the file has a #KSUMMA at its end, and none where it begins")
        else:
            self._compare(self._ended, faults)
        return faults.check("#KSUMMA is the CRC-32 of the file's records")

    def _compare(self, ended: Record, faults: Faults) -> None:
        try:
            stated = int(ended.text(0)) & _FULL  # some programs write it with a sign
        except ValueError:
            return faults.add("checksum_unreadable", f"line {ended.line}", "the checksum is not a number")
        if stated not in self._sums.values():
            faults.add(
                "checksum_differs",
                f"line {ended.line}",
                f"#KSUMMA states {stated}, the records before it give {self._sums['']}",
            )
        return None


def _in_code_page_437(text: bytes, charset: str) -> bytes:
    if not charset or text.isascii():
        return text
    return text.decode(charset, "replace").encode("cp437", "replace")
