"""SAF-T Financial of Norway: schema, control totals, balances and period, read once, as a stream.

Versions 1.00 to 1.30 share namespace and element names. A file that names itself part of several (``…_2_12.xml``:
the accounts are in the first, the transactions in the others) is judged by what holds for a part alone.
Sources: the schema (``schemas/NOTICE.md``); naming of parts as in the tax administration's documentation of the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks import saft_period
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.safe_xml import UnreadableXmlError, XmlStream, pieces
from disengage.vault.checks.saft_books import Books, TooManyAccountsError, a_date, amount, printable
from disengage.vault.checks.saft_schema import SchemaCheck
from disengage.vault.checks.spans import Span

NAME = "saft-no"
ACCOUNTS = "saft-no-accounts"
NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"

_ROOT = "AuditFile"
_NAMED = re.compile(r"SAF-?T[ _-]Financial.*\.xml", re.IGNORECASE)
_BARE = re.compile(rb"<(?:\w+:)?AuditFile[\s>].*AuditFileCountry>\s*NO\s*<", re.DOTALL)
_PART = re.compile(r"_\d{14}_(\d{1,4})_(\d{1,4})\.xml", re.IGNORECASE)
_NEW_YEAR = (
    "{} accounts do not close with what they opened with and what was moved; "
    "the file covers more than one year, and a new year may open anew"
)
_NO_BALANCES = "the file states no account's opening and closing balance"
#: From so many transactions it shows whether accounting periods are calendar months.
_ENOUGH = 100
#: Sums of any number of amounts stay exact.
_DIGITS = 60


def recognises(name: str, head: bytes) -> bool:
    """Return whether a file is Norwegian SAF-T Financial, or bears the name that such files have to have."""
    plain = head.replace(b"\0", b"")  # UTF-16 as well: only marks are looked for
    return (
        NAMESPACE.encode() in plain
        or _BARE.search(plain) is not None
        or _NAMED.fullmatch(PurePosixPath(name).name) is not None
    )


def check(path: Path, subject: str, period: Period) -> tuple[Check, ...]:
    """Check one file; never raise."""
    try:
        with path.open("rb") as file:
            return check_stream(file, subject, period)
    except OSError as error:
        return (not_checked(NAME, subject, f"it could not be read: {(error.strerror or 'no reason given').lower()}"),)


def check_stream(file: BinaryIO, subject: str, period: Period) -> tuple[Check, ...]:
    """Check one file while it is read, once, from wherever: the member of a ZIP, for one.

    Raises:
        OSError: As ``file.read`` does; whatever else ``file`` itself raises.
    """
    with localcontext(prec=_DIGITS):
        return _Reading(subject, period).through(file)


def covers(path: Path) -> Sequence[Span]:
    """Return the days that the file's header names; none where its accounting periods are not calendar months."""
    try:
        with path.open("rb") as file:
            return days_covered(file)
    except OSError:
        return ()


def days_covered(file: BinaryIO) -> Sequence[Span]:
    """Return the same of a file wherever it comes from; raises what ``file`` itself raises."""
    books = Books(Faults(NAME, ""))
    stream = XmlStream(NAMESPACE, books)
    try:
        with localcontext(prec=_DIGITS):
            for _, piece in pieces(file):
                stream.feed(piece)
                if books.days.dated >= _ENOUGH:
                    break
    except (UnreadableXmlError, TooManyAccountsError):
        return ()
    chosen = saft_period.selection(books.header)
    if chosen is None or saft_period.is_off_calendar(chosen, books.days):
        return ()
    return (Span(chosen.first, chosen.last, a_date(books.header.get("AuditFileDateCreated", ""))),)


class _Reading:
    """The checks of one file."""

    def __init__(self, subject: str, period: Period) -> None:
        self.subject, self.period = subject, period
        self.faults = Faults(NAME, subject)
        self.schema = SchemaCheck(subject)
        self.books = Books(self.faults, self.schema.of_version)

    def through(self, file: BinaryIO) -> tuple[Check, ...]:
        """Read the file and return what is to be said of it."""
        try:
            self._read(file)
        except UnreadableXmlError as error:
            self.faults.add(error.code, f"line {self.books.line}", str(error))
            return (self.faults.check(), self.schema.finish(whole=False), self._no_period())
        except TooManyAccountsError:
            reason = "it names more accounts than any chart of accounts has"
            return (not_checked(NAME, self.subject, reason), self.schema.finish(whole=False), self._no_period())
        return tuple(self._judged())

    def _read(self, file: BinaryIO) -> None:
        stream = XmlStream(NAMESPACE, self.books)
        for line, piece in pieces(file):
            self.books.line = line
            stream.feed(piece)
            self.schema.feed(line, piece)
        stream.close()

    def _no_period(self) -> Check:
        return not_checked(saft_period.NAME, self.subject, "the file cannot be read to its end")

    def _judged(self) -> Iterator[Check]:
        books = self.books
        if books.root != _ROOT:
            message = f"the document is not an {_ROOT} of the namespace {NAMESPACE}"
            self.faults.add("namespace", "line 1", message)
            yield self.faults.check()
            return
        part = _PART.search(PurePosixPath(self.subject).name)
        if part and int(part[2]) > 1:
            reason = f"part {int(part[1])} of {int(part[2])}: totals and balances hold for all parts together"
            yield self._of_entries()
            yield not_checked(ACCOUNTS, self.subject, reason)
        else:
            self._control_totals()
            yield self._of_entries()
            yield self._of_accounts()
        yield self.schema.finish(whole=True)
        yield saft_period.check_period(self.subject, books.header, books.days, self.period)

    def _of_entries(self) -> Check:
        books = self.books
        if not books.has_entries and not len(self.faults):
            return not_checked(NAME, self.subject, "the file holds no GeneralLedgerEntries")
        return self.faults.check(f"{books.transactions} transactions with {books.lines} entries were added up")

    def _control_totals(self) -> None:
        if not self.books.has_entries:
            return
        books = self.books
        for name, counted in (
            ("NumberOfEntries", Decimal(books.transactions)),
            ("TotalDebit", books.debit),
            ("TotalCredit", books.credit),
        ):
            where = f"AuditFile/GeneralLedgerEntries/{name}"
            stated = amount(books.totals.get(name, ""))
            if stated is None:
                self.faults.add("control_total", where, "the control total is missing, or is not a number")
            elif stated != counted:
                self.faults.add("control_total", where, f"it states {stated}, and the entries give {counted}")

    def _of_accounts(self) -> Check:
        """Return whether every account is known, and closes with what it opened with and what was moved.

        Over several years a balance may start anew without an entry (a result account's does): no fault then.
        """
        faults = Faults(ACCOUNTS, self.subject)
        chosen = saft_period.selection(self.books.header)
        one_year = chosen is None or chosen.years == 1
        compared = differing = 0
        for number, account in self.books.accounts.items():
            if not account.line:
                where = f"line {account.first_used}, account {printable(number)}"
                faults.add("account_unknown", where, "entries name an account without a master record")
            elif account.opening is not None and account.closing is not None:
                compared += 1
                differing += account.differs
                if account.differs and one_year:
                    where = f"line {account.line}, account {printable(number)}"
                    faults.add("account_balance", where, account.in_words)
        if not len(faults) and (differing or not compared):
            return not_checked(ACCOUNTS, self.subject, _NEW_YEAR.format(differing) if differing else _NO_BALANCES)
        left_out = len(self.books.accounts) - compared
        without = f"; {left_out} state no balances" if left_out else ""
        return faults.check(f"{compared} accounts were added up{without}")
