"""Whether a copy of a client's books is whole: its ledger against the trial balances, and its vouchers by themselves.

Works on the files that ``history`` wrote, row by row; held in memory are sums by account and what is known of each
voucher, never the ledger. Fields as in the vendor's OpenAPI, ``AccountTransactionDto`` and ``TrialBalanceLineDto``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from disengage import Check, Fault, UnexpectedResponseError
from disengage.domain.checks import judged, not_checked
from disengage.domain.request import Period
from disengage.keptrows import rows_kept

from disengage_poweroffice import mapping, wire
from disengage_poweroffice.checking_vouchers import Postings, check_documents, check_numbers
from disengage_poweroffice.wire import BalanceRow, PostingRow

BALANCES = "poweroffice-balances"
VOUCHERS = "poweroffice-vouchers"

_CALENDAR_YEAR = "12-31"
_HALF_AN_ORE = Decimal("0.005")
_NO_DAY = "the trial balance of {} is not in the copy"
# ASSUMED: that the first digit tells result accounts, as in the Norwegian standard chart of accounts (NS 4102).
_RESULT = frozenset("345678")
_OFF_CALENDAR = (
    "{} accounts do not close with what they opened with and what was moved; the financial year ends inside the "
    "calendar year, where result accounts may begin anew"
)


@dataclass
class Year:
    """One calendar year of the ledger while its lines pass.

    Attributes:
        first: Its first day within the period.
        last: Its last day within the period.
        lines: How many there were.
        moved: The sum of each account.
        unequal: The sum of every voucher that is not zero; a whole voucher leaves nothing.
    """

    first: date
    last: date
    lines: int = 0
    moved: defaultdict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unequal: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file that holds it."""
        return f"ledger/account-transactions-{self.first.year}.json"

    def take(self, line: PostingRow) -> None:
        """Add one line."""
        self.lines += 1
        self.moved[line.account_no] += line.amount
        key = (line.voucher_id.casefold(), line.voucher_no)
        total = self.unequal.pop(key, Decimal(0)) + line.amount
        if total:
            self.unequal[key] = total


def checks(files: Mapping[str, Path], period: Period, year_end: str) -> tuple[Check, ...]:
    """Return the checks of one copy.

    Args:
        files: The copy's, by the names under which they were written.
        period: What the firm answers for.
        year_end: Month and day on which the client's financial years end.
    """
    years = [Year(first, last) for first, last in mapping.years(period)]
    if not any(year.name in files for year in years):
        reason = "it holds no ledger that came through the API; of what a person brings only the format is checked"
        return (not_checked(BALANCES, "the copy", reason),)
    return tuple(_of_the_copy(files, period, years, year_end))


def _of_the_copy(files: Mapping[str, Path], period: Period, years: list[Year], year_end: str) -> Iterator[Check]:
    postings, whole = Postings(), True
    for year in years:
        trouble = _read(files, year, postings)
        whole = whole and trouble is None
        if trouble is not None:
            yield trouble
            continue
        yield _of_vouchers(year)
        yield _of_balances(files, year, year_end)
    if whole:
        yield check_numbers(postings, period)
        yield check_documents(postings, files)


def _read(files: Mapping[str, Path], year: Year, postings: Postings) -> Check | None:
    """Let a year's lines pass; return what keeps them from being checked, or None."""
    if year.name not in files:
        fault = Fault(code="ledger_missing", where=year.name, message="the ledger of this year is not in the copy")
        return judged(VOUCHERS, year.name, [fault])
    try:
        for row in rows_kept(files[year.name]):
            line = wire.one(PostingRow, row, "account_transactions")
            year.take(line)
            postings.take(line)
    except (OSError, ValueError, UnexpectedResponseError) as error:
        return not_checked(VOUCHERS, year.name, _why(error))
    return None


def _why(error: Exception) -> str:
    if isinstance(error, UnexpectedResponseError):
        return "a line of it is not as Go documents it"
    return "it cannot be read as the list that was written"


def _of_vouchers(year: Year) -> Check:
    """Return whether every voucher adds up to zero; the amounts are all in the client's own currency."""
    faults = (
        Fault(code="voucher_balance", where=f"voucher {number}", message=f"its lines add up to {total}, not to zero")
        for (_, number), total in sorted(year.unequal.items(), key=lambda item: item[0][1])
        if abs(total) >= _HALF_AN_ORE
    )
    return judged(VOUCHERS, year.name, faults, f"the vouchers of {year.lines} lines add up to zero")


def _of_balances(files: Mapping[str, Path], year: Year, year_end: str) -> Check:
    """Return whether every account closes with what it opened with and what the ledger moved, to the øre."""
    names = [f"trial-balance/{day}.json" for day in (year.first - timedelta(days=1), year.last)]
    for name in names:
        if name not in files:
            return not_checked(BALANCES, year.name, _NO_DAY.format(Path(name).stem))
    try:
        opening, closing = (_balances(files[name]) for name in names)
    except (OSError, ValueError, UnexpectedResponseError) as error:
        return not_checked(BALANCES, year.name, f"a trial balance: {_why(error)}")
    accounts = sorted({*opening, *closing, *year.moved})
    faults = [
        Fault(
            code="account_balance",
            where=f"account {account}",
            message=f"it opens with {opening[account]} and moves by {year.moved[account]}; "
            f"the trial balance of {year.last} shows {closing[account]}",
        )
        for account in accounts
        if not _closes(account, year, opening[account], closing[account])
    ]
    if faults and year_end != _CALENDAR_YEAR:
        return not_checked(BALANCES, year.name, _OFF_CALENDAR.format(len(faults)))
    compared = f"{len(accounts)} accounts close as the trial balance of {year.last} shows"
    return judged(BALANCES, year.name, faults, compared)


def _closes(account: int, year: Year, opening: Decimal, closing: Decimal) -> bool:
    """Return whether an account closes as it must.

    Not found: whether the trial balance of a result account begins anew with each year; so both are taken for right.
    """
    moved = year.moved[account]
    anew = str(account)[0] in _RESULT and (year.first.month, year.first.day) == (1, 1)
    return abs(opening + moved - closing) < _HALF_AN_ORE or (anew and abs(moved - closing) < _HALF_AN_ORE)


def _balances(path: Path) -> defaultdict[int, Decimal]:
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row in rows_kept(path):
        line = wire.one(BalanceRow, row, "trial_balance")
        found[line.account_no] += line.balance
    return found
