r"""Read a SIE file as a stream of records, each with its line number; damaged lines come out as they are.

Sections 5.3 to 5.7: one record a line, a label with ``#`` first; fields apart by blanks or tabs, perhaps in quotation
marks, ``\"`` for a mark inside; an object list in braces; braces alone on a line around the rows of a voucher.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO, NamedTuple

#: No record is near as long; what is longer is not held in memory.
LONGEST_LINE = 1 << 20

#: Some programs put it before a text in UTF-8.
UTF8_MARK = b"\xef\xbb\xbf"

_FIELD = re.compile(rb'"((?:\\"|[^"])*)"?|\{([^{}]*)\}?|([^\s{}"]+)')
_AMOUNT = re.compile(rb"[-+]?\d{1,30}([.,]\d{0,6})?")
_DATE = re.compile(rb"\d{8}")


class Record(NamedTuple):
    """One line.

    Attributes:
        line: Its number.
        label: The label without ``#``, in capitals; ``{`` and ``}`` for a brace alone, ``?`` for what is no record.
        fields: The fields after the label; an object list is a tuple.
        raw: The line as it stands.
        written: The label as it is written.
        too_long: The line goes on, and was not read to its end.
    """

    line: int
    label: str
    fields: tuple[bytes | tuple[bytes, ...], ...]
    raw: bytes
    written: bytes = b""
    too_long: bool = False

    @property
    def summed(self) -> bytes:
        """The label and the fields without blanks, quotation marks and braces (section 10.14)."""
        flat = (b"".join(field) if isinstance(field, tuple) else field for field in self.fields)
        return self.written + b"".join(flat)

    def text(self, place: int) -> bytes:
        """Return one field; empty where there is none."""
        field = self.fields[place] if place < len(self.fields) else b""
        return field if isinstance(field, bytes) else b""

    def row(self) -> tuple[bytes, Decimal | None]:
        """Return account and amount of a row of a voucher; some vendors leave out an empty object list."""
        place = 2 if len(self.fields) > 1 and isinstance(self.fields[1], tuple) else 1
        return self.text(0), amount(self.text(place))


def records(file: BinaryIO) -> Iterator[Record]:
    """Yield every line that is not empty, as a record; lines may end in LF, CR LF or CR."""
    text = io.TextIOWrapper(file, encoding="latin-1", newline=None)  # every byte is one character, and comes back
    number, goes_on = 0, False
    try:
        while piece := text.readline(LONGEST_LINE):
            whole = piece.endswith("\n") or len(piece) < LONGEST_LINE
            number += not goes_on
            line = piece.encode("latin-1").strip(b" \t\n\x1a")
            if number == 1:
                line = line.removeprefix(UTF8_MARK)
            if line and not goes_on:
                yield _record(number, line, too_long=not whole)
            goes_on = not whole
    finally:
        text.detach()


def _record(number: int, line: bytes, *, too_long: bool) -> Record:
    if line in (b"{", b"}"):
        return Record(number, line.decode(), (), line)
    if not line.startswith(b"#"):
        return Record(number, "?", (), line, too_long=too_long)
    label, *given = fields(line)
    written = label if isinstance(label, bytes) else b"#"
    return Record(number, written[1:].upper().decode("latin-1"), tuple(given), line, written, too_long)


def fields(line: bytes) -> list[bytes | tuple[bytes, ...]]:
    """Return the fields of a line; one in braces is a tuple of its own fields."""
    if b'"' not in line and b"{" not in line:
        return list(line.split())
    return [_field(found) for found in _FIELD.finditer(line)]


def _field(found: re.Match[bytes]) -> bytes | tuple[bytes, ...]:
    quoted, objects, plain = found.groups()
    if objects is not None:
        return tuple(part for part in fields(objects) if isinstance(part, bytes))
    return plain if plain is not None else quoted.replace(b'\\"', b'"')


def amount(text: bytes) -> Decimal | None:
    """Return an amount; a comma is read as a point. None where it is none."""
    return Decimal(text.decode().replace(",", ".")) if _AMOUNT.fullmatch(text) else None


def day(text: bytes) -> str:
    """Return a day as it is written, ``YYYYMMDD``; empty where it is none."""
    return text.decode() if _DATE.fullmatch(text) else ""
