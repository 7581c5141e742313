"""SIE types 1 to 4, the Swedish exchange format of bookkeeping: whether a file is whole, and its numbers agree.

The rules are those of *SIE filformat, utgåva 4B* (2008-09-30, https://sie.se/format/); the sections are named where
they are followed. What many vendors do against it without harm makes a check inconclusive, never a file wrong.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.sie4.balances import Balances
from disengage.vault.checks.sie4.checksum import Checksum
from disengage.vault.checks.sie4.encoding import Encoding
from disengage.vault.checks.sie4.heading import Heading
from disengage.vault.checks.sie4.records import UTF8_MARK, Record, records
from disengage.vault.checks.sie4.shape import Shape
from disengage.vault.checks.sie4.vouchers import Vouchers
from disengage.vault.checks.spans import Span

NAME = "sie4"

_ENDINGS = (".se", ".si", ".sie")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_AFTER_THE_HEADING = frozenset({"IB", "UB", "RES", "VER"})


def recognises(name: str, head: bytes) -> bool:
    """Return whether the file begins as SIE does, or is called so."""
    begins = head.removeprefix(UTF8_MARK).lstrip()[:7].upper() == b"#FLAGGA"
    return begins or name.lower().endswith(_ENDINGS)


def check(path: Path, subject: str, period: Period) -> tuple[Check, ...]:  # noqa: ARG001 -- years of all files together
    """Check one file: its shape, its letters, its checksum, every voucher, and the balances against the vouchers."""
    heading, encoding, shape = Heading(), Encoding(subject), Shape(subject)
    checksum, vouchers = Checksum(subject), Vouchers(subject)
    balances = Balances(subject, heading)
    parts = (heading, encoding, shape, checksum, vouchers, balances)
    try:
        with path.open("rb") as file:
            if file.read(2) in _UTF16_MARKS:
                return (not_checked(NAME, subject, "it is written in UTF-16, which is not a character set of SIE"),)
            file.seek(0)
            for record in records(file):
                for part in parts:
                    part.take(record)
    except OSError as error:
        return (not_checked(NAME, subject, f"it cannot be read: {error.strerror}"),)
    shape.end()
    if not shape.is_sie:
        return (shape.check(heading),)
    return (shape.check(heading), encoding.check(heading), checksum.check(), vouchers.check(heading), balances.check())


def covers(path: Path) -> tuple[Span, ...]:
    """Return the fiscal year whose books the file holds; nothing where it is a file for import (type 4I)."""
    heading, vouchers_only = Heading(), True
    with path.open("rb") as file:
        for record in takewhile(lambda record: _goes_on(record, heading), records(file)):
            heading.take(record)
            vouchers_only = record.label not in ("IB", "UB", "RES")
    year = heading.years.get(0)
    if year is None or vouchers_only:
        return ()
    first, last = year
    if heading.balances_until and heading.type in ("2", "3"):
        last = min(last, heading.balances_until)
    return (Span(first=first, last=last, made_on=heading.made_on, begins=min(heading.years) == 0),)


def _goes_on(record: Record, heading: Heading) -> bool:
    """Return whether this record may still be of the heading; the first balance is read too, then it ends."""
    if heading.complete:
        return False
    heading.complete = record.label in _AFTER_THE_HEADING
    return True
