"""The files of a copy, read again: lists row by row, and the vouchers of a SIE file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from disengage import Check, Fault, Verdict

#: So many faults of one check are listed; the others are counted.
_LISTED = 100
#: No record of a SIE file is near as long.
_LONGEST_LINE = 1 << 20
# Of a SIE file only what is compared; whether it is sound in itself is checked where every SIE file is.
_VER = re.compile(rb'\s*#VER\s+"?([A-Za-z]*)"?\s+"?(\d+)"?\s')
_TRANS = re.compile(rb'\s*#TRANS\s+"?\d+"?\s+(?:\{[^}]*\}\s+)?"?(-?\d{1,18}(?:[.,]\d{1,6})?)')


def rows_kept(path: Path) -> Iterator[Any]:
    """Yield the rows of a list that was written, a row a line; numbers as they are written.

    Raises:
        ValueError: It is not such a list, or ends in the middle.
        OSError: It cannot be read.
    """
    whole = False
    with path.open("rb") as file:
        for line in file:
            text = line.strip().removesuffix(b",")
            whole = text in (b"]", b"[]")
            if not whole and text != b"[":
                yield json.loads(text, parse_float=Decimal)
    if not whole:
        raise ValueError("the list ends in the middle")


def sie_vouchers(path: Path) -> dict[str, Decimal]:
    """Return the vouchers of a SIE file: series and number, as Spiris writes them → the sum of their debits.

    Raises:
        OSError: It cannot be read.
    """
    found: dict[str, Decimal] = {}
    current = ""
    with path.open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            voucher, row = _VER.match(line), _TRANS.match(line)
            if voucher:
                current = (voucher[1] + voucher[2]).decode("ascii")
                found.setdefault(current, Decimal(0))
            elif row and current:
                amount = Decimal(row[1].decode("ascii").replace(",", "."))
                found[current] += max(amount, Decimal(0))
    return found


def judged(name: str, subject: str, faults: Iterable[Fault], compared: str = "") -> Check:
    """Return a check: wrong where there is any of ``faults``, else sound by what was ``compared``."""
    found = iter(faults)
    listed = tuple(islice(found, _LISTED))
    if not listed:
        return Check(name=name, subject=subject, verdict=Verdict.SOUND, reason=compared)
    return Check(name=name, subject=subject, verdict=Verdict.WRONG, faults=listed, more=sum(1 for _ in found))


def not_checked(name: str, subject: str, reason: str) -> Check:
    """Return a check that could not be made."""
    return Check(name=name, subject=subject, verdict=Verdict.NOT_CHECKED, reason=reason)
