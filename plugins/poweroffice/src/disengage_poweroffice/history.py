"""The firm's own copy of a client's books: what the API can give, written as it comes.

The layout of the copy is decided here and nowhere else. What cannot be had becomes a gap, with its reason; only the
ledger itself is not negotiable.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from disengage import RejectedError, Sink
from disengage.domain.request import Period

from disengage_poweroffice import api, mapping, wire
from disengage_poweroffice.wire import DocumentationRow

if TYPE_CHECKING:
    from disengage.http import HttpClient

_NOT_BY_API = (
    "Bank statements, A-03 messages, SAF-T files and the obligated data have no API; "
    "the download from Go's archive brings what was ticked."
)
_BAD_REQUEST = 400
_SIDES = (("Customer", "customers"), ("Supplier", "suppliers"))


@dataclass
class Ledger:
    """What the ledger's lines say about themselves while they pass.

    Attributes:
        lines: How many there were.
        vouchers: Ids of the vouchers they belong to.
        total: Their sum; a ledger balances, so it is zero.
    """

    lines: int = 0
    vouchers: set[str] = field(default_factory=set)
    total: Decimal = Decimal(0)

    def watch(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Pass ``rows`` on, counting."""
        for row in rows:
            self.lines += 1
            self.vouchers.add(str(row.get("VoucherId", "")).casefold())
            self.total += Decimal(str(row.get("Amount") or 0))
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
        self.lines = self.documents = 0

    def make(self) -> str:
        """Write everything; return one line on what there is."""
        self._documents_of_the_client()
        self._ledger()
        self._balances()
        for side, folder in _SIDES:
            self._subledger(side, folder)
        self._voucher_documentation()
        self.sink.gap(_NOT_BY_API)
        return f"{self.lines} ledger lines, {self.documents} vouchers with documentation"

    def _documents_of_the_client(self) -> None:
        for path, operation, name in (
            ("/OrganizationSettings", "organization_settings", "organisation-settings.json"),
            ("/ClientIntegrationInformation", "client_integration_information", "integration.json"),
        ):
            with _Gap(self.sink, name):
                found = api.document(self.http, path, operation)
                self.sink.write_json(name, found, source=f"GET {path}")

    def _ledger(self) -> None:
        for first, last in mapping.years(self.period):
            year = Ledger()
            rows = year.watch(api.account_transactions(self.http, first, last, self.size))
            self._write(f"ledger/account-transactions-{first.year}.json", rows, "GET /AccountTransactions")
            self.lines += year.lines
            self.vouchers |= year.vouchers
            if year.total:
                self.sink.gap(f"The ledger lines of {first} to {last} do not add up to zero.")

    def _balances(self) -> None:
        for _, day in mapping.years(self.period):
            name = f"trial-balance/{day}.json"
            with _Gap(self.sink, name):
                self._write(name, api.trial_balance(self.http, day, self.size), "GET /TrialBalance")

    def _subledger(self, side: str, folder: str) -> None:
        path, end = f"/{side}ledger", self.period.to
        for first, last in mapping.years(self.period):
            name = f"{folder}/statement-{first.year}.json"
            with _Gap(self.sink, name):
                rows = api.ledger_statement(self.http, side, first, last, self.size)
                self._write(name, rows, f"GET {path}/Statement")
        for what, word in (("OpenItems", "open-items"), (f"{side}Balances", "balances")):
            name = f"{folder}/{word}-{end}.json"
            with _Gap(self.sink, name):
                rows = api.ledger_on(self.http, side, what, end, self.size)
                self._write(name, rows, f"GET {path}/{what}")

    def _voucher_documentation(self) -> None:
        attachments = 0
        with _Gap(self.sink, "vouchers"):
            found = self._documentation()
            mine = [row for row in found if str(row.get("VoucherId", "")).casefold() in self.vouchers]
            self.sink.write_json("vouchers/index.json", mine, source="GET /VoucherDocumentation")
            for row in wire.many(DocumentationRow, mine, "voucher_documentation"):
                attachments += bool(row.has_sales_order_attachments)
                if row.downloadable:
                    self._voucher(row)
        if attachments:
            self.sink.gap(f"Sales order attachments of {attachments} vouchers are not in Go's voucher download.")

    def _documentation(self) -> list[Any]:
        """List the documentation; voucher by voucher where Go wants to be told which one (INFERRED: may be either)."""
        try:
            return list(api.voucher_documentation(self.http, self.size))
        except RejectedError as error:
            if error.status != _BAD_REQUEST:
                raise
        return [row for voucher in sorted(self.vouchers) for row in api.documentation_of(self.http, voucher, self.size)]

    def _voucher(self, row: DocumentationRow) -> None:
        name = f"vouchers/{row.voucher_no}-{row.voucher_id}.zip"
        with _Gap(self.sink, name), api.download_voucher(self.http, row) as chunks:
            pieces = iter(chunks)
            first = next(pieces, b"")
            if not first:
                self.sink.gap(f"{name}: Go lists documentation but gave none.")
                return
            self.sink.write(name, _chain(first, pieces), source="GET /VoucherDocumentation/Download")
            self.documents += 1

    def _write(self, name: str, rows: Iterable[Any], source: str) -> None:
        """Write ``rows`` as one JSON array. The first is fetched before the file begins: no file for a refusal."""
        pieces = json_array(rows)
        self.sink.write(name, _chain(next(pieces), pieces), source=source)


class _Gap:
    """Turns Go's refusal of one part into a gap: a missing privilege or module, or a voucher that is gone."""

    def __init__(self, sink: Sink, name: str) -> None:
        self.sink, self.name = sink, name

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, RejectedError):
            self.sink.gap(f"{self.name}: Go refused it (status {error.status}).")
        return isinstance(error, RejectedError)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def json_array(rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield ``rows`` as the bytes of one JSON array, a row a line, never holding more than one."""
    before = "[\n"
    for row in rows:
        yield f"{before}{json.dumps(row, ensure_ascii=False)}".encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"
