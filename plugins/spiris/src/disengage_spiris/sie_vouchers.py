"""The vouchers of a copy's SIE file, read again."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

#: No record of a SIE file is near as long.
_LONGEST_LINE = 1 << 20
# Of a SIE file only what is compared; whether it is sound in itself is checked where every SIE file is.
_VER = re.compile(rb'\s*#VER\s+"?([A-Za-z]*)"?\s+"?(\d+)"?\s')
_TRANS = re.compile(rb'\s*#TRANS\s+"?\d+"?\s+(?:\{[^}]*\}\s+)?"?(-?\d{1,18}(?:[.,]\d{1,6})?)')


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
