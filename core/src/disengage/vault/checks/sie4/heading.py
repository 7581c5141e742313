"""What a SIE file says of itself: its type, its program, its fiscal years."""

from __future__ import annotations

from datetime import date

from disengage.vault.checks.sie4.records import Record


class Heading:
    """The identification records, as far as the checks need them.

    Attributes:
        type: ``1`` to ``4``; 1 where the file does not say (description of #SIETYP).
        format: The character set it names.
        years: Fiscal years by number: 0 is this one, -1 the one before.
        balances_until: The last day that its balances cover, where it is not the whole year.
        made_on: When it was made.
        ledger: It holds balances, and so is an export; without them it is a file for import (type 4I).
        complete: Nothing more of the heading comes.
    """

    def __init__(self) -> None:
        self.type, self.format = "1", ""
        self.years: dict[int, tuple[date, date]] = {}
        self.balances_until: date | None = None
        self.made_on: date | None = None
        self.ledger = False
        self.complete = False

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        match record.label:
            case "SIETYP":
                self.type = record.text(0).decode("ascii", "replace")[:2]
            case "FORMAT":
                self.format = record.text(0).decode("ascii", "replace")[:20]
            case "RAR":
                self._year(record)
            case "OMFATTN":
                self.balances_until = a_day(record.text(0))
            case "GEN":
                self.made_on = a_day(record.text(0))
            case "IB" | "UB" | "RES":
                self.ledger = True

    def _year(self, record: Record) -> None:
        first, last = a_day(record.text(1)), a_day(record.text(2))
        try:
            number = int(record.text(0))
        except ValueError:
            return
        if first and last and first <= last:
            self.years.setdefault(number, (first, last))

    @property
    def kind(self) -> str:
        """The type in words, ``4E`` and ``4I`` told apart."""
        return f"{self.type}{'E' if self.ledger else 'I'}" if self.type == "4" else self.type


def a_day(text: bytes) -> date | None:
    """Return the day of ``YYYYMMDD``, or None."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None
    except ValueError:
        return None
