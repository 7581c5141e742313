"""Balance within every voucher: the rows of one voucher add up to zero (description of #TRANS, point 4).

``#BTRANS`` is a row that was struck out and never counts. ``#RTRANS`` is one that was added, and is followed by the
same row as ``#TRANS``; only where a program leaves that copy out does it count itself.
"""

from __future__ import annotations

from decimal import Decimal

from disengage.domain.checks import Check, not_checked
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.sie4.heading import Heading
from disengage.vault.checks.sie4.records import Record, day

NAME = "sie4-vouchers"


class Vouchers:
    """Adds up the rows of each voucher."""

    def __init__(self, subject: str) -> None:
        self._faults = Faults(NAME, subject)
        self._voucher: Record | None = None
        self._sum = self._added = Decimal(0)
        self._awaited: tuple[bytes, Decimal | None] | None = None
        self._count = 0

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        if self._awaited and not (record.label == "TRANS" and record.row() == self._awaited):
            self._added += self._awaited[1] or 0
        self._awaited = None
        match record.label:
            case "VER":
                self._close()
                self._open(record)
            case "}":
                self._close()
            case "TRANS":
                self._sum += self._amount(record)
            case "RTRANS":
                self._awaited = record.row()

    def _open(self, record: Record) -> None:
        self._voucher, self._sum, self._added = record, Decimal(0), Decimal(0)
        self._count += 1
        if not day(record.text(2)):
            self._faults.add("no_date", _where(record), "the voucher has no date")

    def _amount(self, record: Record) -> Decimal:
        found = record.row()[1]
        if found is None:
            self._faults.add("no_amount", f"line {record.line}", "the row has no amount that can be read")
        return found or Decimal(0)

    def _close(self) -> None:
        if self._voucher is not None and self._sum and self._sum + self._added:
            message = f"the rows of the voucher add up to {self._sum:.2f}, not to zero"
            self._faults.add("voucher_not_balanced", _where(self._voucher), message)
        self._voucher = None

    def check(self, heading: Heading) -> Check:
        """Return whether every voucher balances."""
        self._close()
        if not self._count and heading.type in ("1", "2", "3"):
            return not_checked(NAME, self._faults.subject, f"type {heading.type} holds balances and no vouchers")
        if not self._count:
            return not_checked(NAME, self._faults.subject, "the file holds no vouchers")
        return self._faults.check(f"every voucher balances, {self._count} in all")


def _where(voucher: Record) -> str:
    name = b" ".join(filter(None, (voucher.text(0), voucher.text(1)))).decode("cp437")[:40]
    return f"line {voucher.line}, voucher {name}".removesuffix(", voucher ")
