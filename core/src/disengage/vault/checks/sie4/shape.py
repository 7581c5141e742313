"""Whether a SIE file is whole: it begins as one, every line is a record, and every voucher is closed."""

from __future__ import annotations

import re

from disengage.domain.checks import Check
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.sie4.heading import Heading
from disengage.vault.checks.sie4.records import Record

NAME = "sie4"

_ROWS = frozenset({"TRANS", "RTRANS", "BTRANS"})
_IDENTIFYING = frozenset({"PROGRAM", "GEN", "FNAMN", "SIETYP"})
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_TYPES = frozenset("1234")


class Shape:
    """Follows the outline of a file."""

    def __init__(self, subject: str) -> None:
        self._faults = Faults(NAME, subject)
        self.is_sie = False
        self._lines = self._records = 0
        self._voucher = 0
        self._in_braces = self._text_is_open = self._identified = False

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        self._lines += 1
        if self._lines == 1:
            self.is_sie = record.label == "FLAGGA"
        self._identified = self._identified or record.label in _IDENTIFYING
        self._follow(record)
        self._look_at(record)

    def _follow(self, record: Record) -> None:
        """Keep track of where vouchers begin and end."""
        if record.label == "VER":
            self._must_be_closed(f"the voucher of line {self._voucher} is not closed before the next begins", record)
            self._voucher, self._in_braces = record.line, False
        elif record.label == "{":
            self._in_braces = True
        elif record.label == "}":
            self._voucher, self._in_braces = 0, False
        elif record.label in _ROWS and not self._voucher:
            self._faults.add("row_outside_voucher", f"line {record.line}", f"#{record.label} stands outside a voucher")
        elif record.label not in _ROWS and not self._in_braces and record.label != "?":
            self._voucher = 0

    def _must_be_closed(self, message: str, record: Record) -> None:
        if self._voucher and self._in_braces:
            self._faults.add("voucher_not_closed", f"line {record.line}", message)

    def _look_at(self, record: Record) -> None:
        if record.label == "?" and not self._text_is_open:
            self._faults.add("no_record", f"line {record.line}", "the line is no record: it does not begin with #")
        elif record.label != "?":
            self._records += 1
        if _CONTROL.search(record.raw):
            self._faults.add("control_character", f"line {record.line}", "the line holds a character no text may hold")
        if record.too_long:
            self._faults.add("line_too_long", f"line {record.line}", "the line is too long to be a record")
        # a line break inside a text is a habit of some programs; the rest of the text is no record of its own
        self._text_is_open = _has_an_open_text(record.raw, was_open=self._text_is_open and record.label == "?")

    def end(self) -> None:
        """Take note that the file ends here."""
        if not self.is_sie:
            what = "the file does not begin with #FLAGGA" if self._lines else "the file is empty"
            self._faults.add("not_sie", "line 1", what)
        if self._voucher and self._in_braces:
            self._faults.add("ends_in_voucher", f"line {self._voucher}", "the file ends inside this voucher: cut short")

    def check(self, heading: Heading) -> Check:
        """Return whether the file is whole."""
        if self.is_sie and not self._identified:
            self._faults.add(
                "no_heading", "line 1", "nothing says what the file holds (#PROGRAM, #GEN, #FNAMN, #SIETYP)"
            )
        if self.is_sie and heading.type not in _TYPES:
            self._faults.add("unknown_type", "#SIETYP", "the file is of no type that SIE knows")
        return self._faults.check(f"type {heading.kind}, {self._records} records")


def _has_an_open_text(raw: bytes, *, was_open: bool) -> bool:
    marks = raw.count(b'"') - raw.count(b'\\"')
    return bool(marks % 2) != was_open
