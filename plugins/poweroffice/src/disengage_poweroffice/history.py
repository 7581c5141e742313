"""The firm's own copy of a client's books: what the API can give, written as it comes.

The layout of the copy is decided here and in ``documents``. What cannot be had becomes a gap, with its reason; only
the ledger itself is not negotiable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from disengage import Sink
from disengage.domain.request import Period

from disengage_poweroffice import api, books, mapping, wire
from disengage_poweroffice.documents import Documents
from disengage_poweroffice.keeping import Gap, write_rows
from disengage_poweroffice.wire import LedgerRow, LockRow, OrganizationRow

if TYPE_CHECKING:
    from disengage.http import HttpClient

_NOT_BY_API = (
    "Bank statements, A-03 messages, SAF-T files and the obligated data have no API; "
    "the download from Go's archive brings what was ticked."
)
# "Will only return salary lines that the integration has created": SalaryLines of the vendor's OpenAPI (2026-11-22).
_NO_PAYROLL = "Salary lines are given by the API only to the integration that made them; payroll is in the ledger only."
_NOT_POSTED = (
    "Vouchers not posted yet: {}. Their list and what came as EHF is here, the rest of their documents is not "
    "given by the API. Post them, or keep them by hand."
)
_SIDES = (("Customer", "customers"), ("Supplier", "suppliers"))

_Register = Callable[["HttpClient", int], Iterator[Any]]
_REGISTERS: tuple[tuple[str, str, _Register], ...] = (
    ("accounts", "GeneralLedgerAccounts", books.general_ledger_accounts),
    ("customers", "Customers", books.customers),
    ("suppliers", "Suppliers", books.suppliers),
    ("employees", "Employees", books.employees),
    ("contacts", "ClientContacts", books.client_contacts),
    ("bank-accounts", "ClientBankAccounts", books.client_bank_accounts),
)


@dataclass
class Ledger:
    """What the ledger's lines say about themselves while they pass.

    Attributes:
        lines: How many there were.
        vouchers: Ids of the vouchers they belong to, in lower case.
        total: Their sum; a ledger balances, so it is zero.
    """

    lines: int = 0
    vouchers: set[str] = field(default_factory=set)
    total: Decimal = Decimal(0)

    def watch(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass ``rows`` on, counting."""
        for row in rows:
            line = wire.one(LedgerRow, row, "account_transactions")
            self.lines += 1
            self.vouchers.add(line.voucher_id.casefold())
            self.total += line.amount
            yield row


class Copy:
    """One copy in the making.

    Args:
        http: Works with the client's own key.
        period: What the firm answers for.
        sink: Where it is written.
        page_size: Rows per call.
    """

    def __init__(self, http: HttpClient, period: Period, sink: Sink, page_size: int) -> None:
        self.http, self.period, self.sink, self.size = http, period, sink, page_size
        self.vouchers: set[str] = set()
        self.lines = 0

    def make(self, information: Any) -> str:
        """Write everything; return one line on what there is.

        Args:
            information: What Go says of the integration and the client, read already.
        """
        self._about_the_client(information)
        self._registers()
        self._ledger()
        self._balances()
        for side, folder in _SIDES:
            self._subledger(side, folder)
        self._invoices()
        kept = self._documents()
        self.sink.gap(_NO_PAYROLL)
        self.sink.gap(_NOT_BY_API)
        return f"{self.lines} ledger lines, {kept} vouchers with documentation"

    def _about_the_client(self, information: Any) -> None:
        self.sink.write_json("integration.json", information, source="GET /ClientIntegrationInformation")
        with Gap(self.sink, "organisation-settings.json"):
            settings = books.organization_settings(self.http)
            wire.one(OrganizationRow, settings, "organization_settings")
            self.sink.write_json("organisation-settings.json", settings, source="GET /OrganizationSettings")
        lock = api.lock_date(self.http)
        if lock is not None:
            wire.one(LockRow, lock, "lock_date")
            self.sink.write_json("lock-date.json", lock, source="GET /LockDateSettings")
        else:
            self.sink.gap("lock-date.json: Go refused it (status 403).")

    def _registers(self) -> None:
        for word, path, rows in _REGISTERS:
            name = f"registers/{word}.json"
            with Gap(self.sink, name):
                write_rows(self.sink, name, rows(self.http, self.size), f"GET /{path}")

    def _ledger(self) -> None:
        for first, last in mapping.years(self.period):
            year = Ledger()
            rows = year.watch(books.account_transactions(self.http, first, last, self.size))
            write_rows(self.sink, f"ledger/account-transactions-{first.year}.json", rows, "GET /AccountTransactions")
            self.lines += year.lines
            self.vouchers |= year.vouchers
            if year.total:
                self.sink.gap(f"The ledger lines of {first} to {last} do not add up to zero.")

    def _balances(self) -> None:
        """Keep the opening balances of the period, and the balances at the end of each of its years."""
        for day in (mapping.day_before(self.period), *(last for _, last in mapping.years(self.period))):
            name = f"trial-balance/{day}.json"
            with Gap(self.sink, name):
                write_rows(self.sink, name, books.trial_balance(self.http, day, self.size), "GET /TrialBalance")

    def _subledger(self, side: str, folder: str) -> None:
        path, end = f"/{side}ledger", self.period.to
        name = f"{folder}/statement.json"
        with Gap(self.sink, name):
            rows = books.ledger_statement(self.http, side, self.period.from_, end, self.size)
            write_rows(self.sink, name, rows, f"GET {path}/Statement")
        for what, word in (("OpenItems", "open-items"), (f"{side}Balances", "balances")):
            name = f"{folder}/{word}-{end}.json"
            with Gap(self.sink, name):
                write_rows(
                    self.sink, name, books.ledger_on(self.http, side, what, end, self.size), f"GET {path}/{what}"
                )

    def _invoices(self) -> None:
        first, last = self.period.from_, self.period.to
        for word, path, rows in (
            ("outgoing", "OutgoingInvoices", books.outgoing_invoices(self.http, first, last, self.size)),
            ("incoming", "IncomingInvoices", books.incoming_invoices(self.http, first, last, self.size)),
        ):
            name = f"invoices/{word}.json"
            with Gap(self.sink, name):
                write_rows(self.sink, name, rows, f"GET /{path}")

    def _documents(self) -> int:
        documents = Documents(self.http, self.sink, self.size)
        kept = documents.of_vouchers(self.vouchers)
        drafts = documents.of_drafts()
        if drafts:
            self.sink.gap(_NOT_POSTED.format(drafts))
        return kept
