"""The balances of the fiscal year against its vouchers, account by account.

``#IB`` (opening) plus the year's ``#TRANS`` is ``#UB`` (closing) of a balance account; of a result account it is
``#RES``. A balance of zero need not be written (section 5.17). Type 4 holds every voucher of year 0 (section on type
4E); for the years before, balances are stated and vouchers are not, so there is nothing to compare. In types 1 to 3 the
closing balances and results together are zero, as every voucher was; or what the year opened with, where a program
opens a year without the result of the year before (seen in files of several vendors).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from disengage.domain.checks import Check, not_checked
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.sie4.heading import Heading
from disengage.vault.checks.sie4.records import Record, amount, day

NAME = "sie4-balances"

#: A chart of accounts has some thousands; a file with more distinct "accounts" is not held in memory.
MOST_ACCOUNTS = 100_000


class Balances:
    """Collects one sum per account: opening, closing, result, and the vouchers by when they were booked."""

    def __init__(self, subject: str, heading: Heading) -> None:
        self.subject, self._heading = subject, heading
        self._faults = Faults(NAME, subject)
        self._stated: dict[str, dict[bytes, Decimal]] = {"IB": {}, "UB": {}, "RES": {}}
        self._lines: dict[bytes, int] = {}
        self._rows: dict[str, dict[bytes, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self._when = ""
        self._too_many = False

    def take(self, record: Record) -> None:
        """Take one record of the file."""
        if record.label == "VER":
            self._when = self._belongs(day(record.text(2)))
        elif record.label == "TRANS":
            self._row(record)
        elif record.label in self._stated:
            self._balance(record)

    def _belongs(self, booked: str) -> str:
        """Return to which part of the year a day belongs; to the year where it belongs to none that the file names."""
        for number, (first, last) in self._heading.years.items():
            if number and f"{first:%Y%m%d}" <= booked <= f"{last:%Y%m%d}":
                return "before"
        until = self._heading.balances_until
        return "after" if until and booked > f"{until:%Y%m%d}" else "year"

    def _row(self, record: Record) -> None:
        account, value = record.row()
        if value is not None and self._has_room_for(account, record):
            self._rows[self._when][account] += value

    def _balance(self, record: Record) -> None:
        account, value = record.text(1), amount(record.text(2))
        if value is None:
            where = f"line {record.line}, account {_shown(account)}"
            self._faults.add("no_amount", where, f"#{record.label} has no amount that can be read")
        elif record.text(0) == b"0" and self._has_room_for(account, record):
            self._stated[record.label][account] = value
            if record.label != "IB":
                self._lines[account] = record.line

    def _has_room_for(self, account: bytes, record: Record) -> bool:
        if len(self._lines) < MOST_ACCOUNTS:
            self._lines.setdefault(account, record.line)
        self._too_many = self._too_many or account not in self._lines
        return account in self._lines

    # --- the comparison

    def check(self) -> Check:
        """Return whether the vouchers explain the balances."""
        if self._too_many:
            return not_checked(NAME, self.subject, f"the file names more than {MOST_ACCOUNTS} accounts")
        if not (self._stated["UB"] or self._stated["RES"]) and not len(self._faults):
            return not_checked(NAME, self.subject, "the file states no closing balances (#UB, #RES) of year 0")
        return self._without_vouchers() if self._heading.type != "4" else self._with_vouchers()

    def _without_vouchers(self) -> Check:
        """Compare what types 1 to 3 allow: what is kept twice adds up to zero, or to what it opened with."""
        total = sum(self._stated["UB"].values()) + sum(self._stated["RES"].values())
        if total not in (0, sum(self._stated["IB"].values())):
            message = f"closing balances and results add up to {total:.2f}, not to zero"
            self._faults.add("does_not_add_up", "#UB and #RES of year 0", message)
        return self._faults.check(f"{self._accounts()} closing balances and results add up; there are no vouchers")

    def _with_vouchers(self) -> Check:
        if not self._years_of_vouchers():
            self._faults.add("no_vouchers", "#VER", "the balances moved, and the file holds no voucher")
        elif not self._any_reading_fits():
            self._list_differences()
        return self._faults.check(f"opening balances and vouchers give {self._accounts()} closing balances and results")

    def _accounts(self) -> int:
        return len(self._stated["UB"].keys() | self._stated["RES"].keys())

    def _years_of_vouchers(self) -> bool:
        moved = any(self._stated["RES"].values()) or self._stated["IB"] != self._stated["UB"]
        return bool(self._rows) or not moved

    def _any_reading_fits(self) -> bool:
        """Return whether the balances are those of the year's vouchers, as programs may count them.

        The year's and none before it; every voucher of the file; those up to the day that ``#OMFATTN`` names.
        """
        readings: tuple[Iterable[str], ...] = (("year", "after"), ("year", "after", "before"), ("year",))
        return any(not any(self._differences(reading)) for reading in readings)

    def _differences(self, reading: Iterable[str]) -> Iterator[tuple[bytes, Decimal]]:
        for account in sorted(self._lines):
            moved = sum((self._rows[when].get(account, Decimal(0)) for when in reading), Decimal(0))
            difference = self._closing(account) - self._opening(account) - moved
            if difference:
                yield account, difference

    def _opening(self, account: bytes) -> Decimal:
        return self._stated["IB"].get(account, Decimal(0))

    def _closing(self, account: bytes) -> Decimal:
        return self._stated["UB"].get(account, Decimal(0)) + self._stated["RES"].get(account, Decimal(0))

    def _list_differences(self) -> None:
        for account, difference in self._differences(("year", "after")):
            self._faults.add(
                "balance_differs",
                f"line {self._lines[account]}, account {_shown(account)}",
                f"opening balance and vouchers give {self._closing(account) - difference:.2f}, "
                f"stated is {self._closing(account):.2f}",
            )


def _shown(account: bytes) -> str:
    return account.decode("cp437")[:20]
