"""What the books in a SAF-T file say about themselves while they pass: accounts, transactions, control totals.

Held in memory are the accounts, one transaction's sum and the running totals, never the entries.
Element names are the same in versions 1.00 to 1.30 of the Norwegian schema, as far as they are used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from disengage.vault.checks.faults import Faults

#: A chart of accounts of this length is none; the rest of such a file is not judged.
MOST_ACCOUNTS = 100_000

_ACCOUNT = "AuditFile/MasterFiles/GeneralLedgerAccounts/Account"
_ENTRIES = "AuditFile/GeneralLedgerEntries"
_TRANSACTION = f"{_ENTRIES}/Journal/Transaction"
_LINE = f"{_TRANSACTION}/Line"
_HEADER = "AuditFile/Header"

_TOTALS = ("NumberOfEntries", "TotalDebit", "TotalCredit")
_BALANCES = ("OpeningDebitBalance", "OpeningCreditBalance", "ClosingDebitBalance", "ClosingCreditBalance")
_SELECTION = (
    *("SelectionStartDate", "SelectionEndDate"),
    *("PeriodStart", "PeriodStartYear", "PeriodEnd", "PeriodEndYear"),
)
#: Whose text is kept until the element that it is a part of ends.
_KEPT = {
    **{f"{_HEADER}/{name}": name for name in ("AuditFileVersion", "AuditFileDateCreated")},
    **{f"{_HEADER}/SelectionCriteria/{name}": name for name in _SELECTION},
    **{f"{_ACCOUNT}/{name}": name for name in ("AccountID", *_BALANCES)},
    **{f"{_ENTRIES}/{name}": name for name in _TOTALS},
    **{f"{_TRANSACTION}/{name}": name for name in ("TransactionID", "Period", "PeriodYear", "TransactionDate")},
    **{f"{_LINE}/{name}": name for name in ("AccountID",)},
    **{f"{_LINE}/{name}/Amount": name for name in ("DebitAmount", "CreditAmount")},
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")


class TooManyAccountsError(ValueError):
    """The file names more accounts than a chart of accounts has."""


@dataclass
class Account:
    """One account: what its master record says, and what the entries moved.

    Attributes:
        line: Of the master record, 0 without one.
        first_used: Line of its first entry, 0 without one.
        moved: Debit less credit of its entries.
        opening: Debit less credit at the start; None where it is not stated.
        closing: The same at the end.
    """

    line: int = 0
    first_used: int = 0
    moved: Decimal = Decimal(0)
    opening: Decimal | None = None
    closing: Decimal | None = None

    @property
    def differs(self) -> bool:
        """Whether it closes otherwise than it opened and moved."""
        return (self.opening or 0) + self.moved != (self.closing or 0)

    @property
    def in_words(self) -> str:
        """What was compared."""
        expected = (self.opening or 0) + self.moved
        return f"it opens with {self.opening} and moves by {self.moved}: {expected}, and the file states {self.closing}"


@dataclass
class Days:
    """What the transactions' dates show.

    Attributes:
        first: The earliest.
        last: The latest.
        calendar: How many lie in the calendar month that their period and year name.
        dated: How many have a date.
    """

    first: date | None = None
    last: date | None = None
    calendar: int = 0
    dated: int = 0


class Books:
    """Listens to one file.

    Args:
        faults: Where to write down what is wrong.
        on_version: Called as soon as the file says its version.
    """

    def __init__(self, faults: Faults, on_version: Callable[[str], object] = str) -> None:
        self.faults, self._on_version = faults, on_version
        self.line = 1
        self.root = ""
        self.header: dict[str, str] = {}
        self.totals: dict[str, str] = {}
        self.accounts: dict[str, Account] = {}
        self.days = Days()
        self.has_entries = False
        self.transactions = self.lines = 0
        self.debit = self.credit = Decimal(0)
        self._record: dict[str, str] = {}
        self._entry: dict[str, str] = {}
        self._from = self._sum_from = 1
        self._sum = Decimal(0)
        self._ends = {_ACCOUNT: self._account, _LINE: self._line, _TRANSACTION: self._transaction}

    def opened(self, path: str) -> None:
        """Hear that an element begins."""
        if path == _LINE:
            self._entry.clear()
            self._from = self.line
        elif path == _TRANSACTION:
            self._record.clear()
            self._sum, self._sum_from = Decimal(0), self.line
        elif path == _ACCOUNT:
            self._record.clear()
            self._from = self.line
        elif path == _ENTRIES:
            self.has_entries = True
        elif not self.root:
            self.root = path

    def closed(self, path: str, text: str) -> None:
        """Hear that an element ends."""
        end = self._ends.get(path)
        if end is not None:
            return end()
        name = _KEPT.get(path)
        if name is not None:
            self._keep(path, name, text.strip()[:70])
        return None

    def _keep(self, path: str, name: str, text: str) -> None:
        if path.startswith(_LINE):
            self._entry[name] = text
        elif path.startswith((_TRANSACTION, _ACCOUNT)):
            self._record[name] = text
        elif path.startswith(_ENTRIES):
            self.totals[name] = text
        else:
            self.header[name] = text
            if name == "AuditFileVersion":
                self._on_version(text)

    # the end of a record

    def _account(self) -> None:
        number = self._record.get("AccountID", "")
        account = self._known(number)
        if account.line:
            self.faults.add("account_twice", self._at("account", number), "the account has more than one master record")
        account.line = self._from
        account.opening = self._balance("Opening", number)
        account.closing = self._balance("Closing", number)

    def _balance(self, which: str, number: str) -> Decimal | None:
        debit, credit = self._record.get(f"{which}DebitBalance"), self._record.get(f"{which}CreditBalance")
        if debit is None and credit is None:
            return None
        values = [amount("0" if text is None else text) for text in (debit, credit)]
        if values[0] is None or values[1] is None:
            message = f"the {which.lower()} balance is not an amount"
            self.faults.add("amount", self._at("account", number), message)
            return None
        return values[0] - values[1]

    def _line(self) -> None:
        self.lines += 1
        stated = (self._entry.get("DebitAmount"), self._entry.get("CreditAmount"))
        debit, credit = (amount("0" if text is None else text) for text in stated)
        if debit is None or credit is None or stated == (None, None):
            where = self._at("transaction", self._record.get("TransactionID", ""))
            self.faults.add("amount", where, "the entry has no amount that can be read")
            return
        account = self._known(self._entry.get("AccountID", ""))
        account.first_used = account.first_used or self._from
        account.moved += debit - credit
        self.debit += debit
        self.credit += credit
        self._sum += debit - credit

    def _transaction(self) -> None:
        self.transactions += 1
        if self._sum:
            where = f"line {self._sum_from}, transaction {printable(self._record.get('TransactionID', ''))}"
            self.faults.add("transaction_balance", where, f"debit less credit is {self._sum}, not zero")
        day = a_date(self._record.get("TransactionDate", ""))
        if day is None:
            return
        days = self.days
        days.first, days.last = min(days.first or day, day), max(days.last or day, day)
        days.dated += 1
        days.calendar += (self._record.get("PeriodYear"), self._record.get("Period", "").lstrip("0")) == (
            str(day.year),
            str(day.month),
        )

    def _known(self, number: str) -> Account:
        account = self.accounts.get(number)
        if account is None:
            if len(self.accounts) == MOST_ACCOUNTS:
                raise TooManyAccountsError
            account = self.accounts[number] = Account()
        return account

    def _at(self, what: str, name: str) -> str:
        return f"line {self._from}, {what} {printable(name)}"


def amount(text: str) -> Decimal | None:
    """Return an amount as it is written, None where it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def a_date(text: str) -> date | None:
    """Return an XML date, with or without a time zone, None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def printable(text: str) -> str:
    """Return an identifier fit to be shown: at most 70 characters, none of which does anything but show."""
    return "".join(char if char.isprintable() else "?" for char in text[:70]) or "without a number"
