"""A client's own books in simulated Go, read with that client's key, and the removal of the integration."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from disengage.testing import Call, Reply, control, route

from disengage_poweroffice import fiction_books
from disengage_poweroffice.fiction import PRIVILEGES, GoClient
from disengage_poweroffice.simulator_door import V2, Door, page, problem


class Books(Door):
    """What the client's own key opens.

    Attributes:
        asks_for_voucher: Refuse to list all documentation. INFERRED: the sources do not say which of both Go does.
        loses: What every list of ledger lines leaves out while the balances hold it: ``line`` (the last of the year),
            ``voucher`` (the second of the year, whole); nothing unless told. Not Go's habit, but what a copy is
            checked for.
    """

    asks_for_voucher = False
    loses = ""

    @route("GET", f"{V2}/ClientIntegrationInformation")
    def integration(self, call: Call) -> Reply:
        """Show whom the key belongs to."""
        client = self._must(call)
        valid = [privilege for privilege in PRIVILEGES if privilege not in client.forbidden]
        return Reply(
            body={
                "ClientId": client.id,
                "ClientName": client.name,
                "ActiveClientSubscriptions": ["Accounting"],
                "ValidPrivileges": valid,
                "InvalidPrivileges": sorted(client.forbidden),
            }
        )

    @route("GET", f"{V2}/OrganizationSettings")
    def organization(self, call: Call) -> Reply:
        """Show the organisation's settings."""
        client = self._must(call)
        return Reply(body={"Id": client.id, "Name": client.name, "OrganizationNumber": client.number})

    @route("GET", f"{V2}/AccountTransactions")
    def account_transactions(self, call: Call) -> Reply:
        """List ledger lines; both dates are required and inclusive."""
        return self._between(call, lambda lines: fiction_books.without(lines, self.loses))

    @route("GET", f"{V2}/TrialBalance")
    def trial_balance(self, call: Call) -> Reply:
        """List balances on a day, inclusive."""
        return self._on(call, lambda lines, day: fiction_books.balance(lines, day))

    @route("GET", f"{V2}/{{area}}ledger/Statement")
    def statement(self, call: Call, area: str) -> Reply:
        """List a sub-ledger between two dates, inclusive."""
        return self._between(call, lambda lines: fiction_books.subledger(lines, area))

    @route("GET", f"{V2}/{{area}}ledger/OpenItems")
    def open_items(self, call: Call, area: str) -> Reply:
        """List what is open on a day; here simply every line until then."""
        return self._on(call, lambda lines, day: fiction_books.subledger(_until(lines, day), area))

    @route("GET", f"{V2}/Customerledger/CustomerBalances")
    def customer_balances(self, call: Call) -> Reply:
        """List what customers owe on a day."""
        return self._on(call, lambda lines, day: _side(_until(lines, day), "Customer"))

    @route("GET", f"{V2}/Supplierledger/SupplierBalances")
    def supplier_balances(self, call: Call) -> Reply:
        """List what is owed to suppliers on a day."""
        return self._on(call, lambda lines, day: _side(_until(lines, day), "Supplier"))

    @route("GET", f"{V2}/VoucherDocumentation")
    def voucher_documentation(self, call: Call) -> Reply:
        """List vouchers, or one, and the kinds of documents they have."""
        rows = fiction_books.documentation(self._lines(call))
        asked = call.query.get("id", "").lower()
        if self.asks_for_voucher and not asked:
            return self.error(400)
        return page(call, [row for row in rows if asked in ("", row["VoucherId"])])

    @route("GET", f"{V2}/VoucherDocumentation/Download")
    def download(self, call: Call) -> Reply:
        """Give one voucher's documents as a zip, 204 if there are none."""
        rows = fiction_books.documentation(self._lines(call))
        row = next((row for row in rows if row["VoucherId"] == call.query.get("id", "").lower()), None)
        if row is None:
            return self.error(404)
        if not (row["HasPdf"] or row["HasEhf"]):
            return Reply(204)
        return Reply(200, fiction_books.voucher_zip(row), {"Content-Type": "application/zip"})

    @route("GET", f"{V2}/LockDateSettings")
    def lock_date(self, call: Call) -> Reply:
        """Show the day up to which nothing can be posted."""
        return Reply(body={"LockDate": self._must(call).lock_date})

    @route("GET", f"{V2}/GeneralLedgerAccounts")
    @route("GET", f"{V2}/Customers")
    @route("GET", f"{V2}/Suppliers")
    @route("GET", f"{V2}/Employees")
    @route("GET", f"{V2}/ClientContacts")
    @route("GET", f"{V2}/ClientBankAccounts")
    def register(self, call: Call) -> Reply:
        """List one of the registers."""
        found = fiction_books.registers(self._must(call), self._lines(call))
        return page(call, found[call.path.removeprefix(f"{V2}/")])

    @route("GET", f"{V2}/{{side}}Invoices")
    def invoices(self, call: Call, side: str) -> Reply:
        """List invoices by voucher date; both dates may be left out, and are inclusive."""
        first, last = call.query.get("fromDate", "0000-00-00"), call.query.get("toDate", "9999-99-99")
        rows = fiction_books.invoices(self._lines(call), f"{side}Invoice")
        return page(call, [row for row in rows if first <= row["VoucherDate"] <= last])

    @route("GET", f"{V2}/SalesOrders/{{order}}/attachments")
    def list_attachments(self, call: Call, order: str) -> Reply:
        """List the files on a sales order."""
        return page(call, fiction_books.attachments(order)) if self._has_order(call, order) else self.error(404)

    @route("GET", f"{V2}/SalesOrders/{{order}}/attachments/{{number}}")
    def attachment(self, call: Call, order: str, number: str) -> Reply:
        """Give one file of a sales order."""
        known = self._has_order(call, order) and number == "7"
        return Reply(200, fiction_books.attachment(), {"Content-Type": "application/pdf"}) if known else self.error(404)

    def _has_order(self, call: Call, order: str) -> bool:
        rows = fiction_books.documentation(self._lines(call))
        return any(row["HasSalesOrderAttachments"] and row["VoucherId"] == order.lower() for row in rows)

    @route("GET", f"{V2}/JournalEntryVouchers")
    def list_drafts(self, call: Call) -> Reply:
        """List vouchers of the journal; here only those that are not posted."""
        rows = fiction_books.drafts(self._must(call))
        return page(call, rows if call.query.get("isPosted", "false") == "false" else [])

    @route("GET", f"{V2}/JournalEntryVouchers/{{draft}}/ehf")
    def draft_ehf(self, call: Call, draft: str) -> Reply:
        """Give the EHF that a draft was made from."""
        known = any(row["Id"] == draft.lower() for row in fiction_books.drafts(self._must(call)))
        return Reply(200, fiction_books.draft_ehf(draft), {"Content-Type": "text/xml"}) if known else self.error(404)

    @route("DELETE", f"{V2}/Offboarding/RemoveIntegration")
    def remove_integration(self, call: Call) -> Reply:
        """Take the integration off the client; its key gives no more tokens."""
        client = self._must(call)
        if not client.integration:
            return self.error(404)
        self.off(client)
        words = {"Message": "Integration removed.", "RemoveFactoring": False, "ResetInvoiceFinancing": False}
        return Reply(body={**words, "Success": True})

    @control
    def lose(self, what: str = "line") -> None:
        """Leave lines out of the ledger from now on; nothing any more with an empty word."""
        with self.lock:
            self.loses = what

    def off(self, client: GoClient) -> None:
        """Take the integration off a client, if it is still there."""
        if client.integration:
            client.integration = False
            self.effect(f"integration removed from {client.id}")

    def _must(self, call: Call) -> GoClient:
        client = self.caller(call)
        assert client, "answer() lets nobody in without a token"
        return client

    def _lines(self, call: Call) -> list[dict[str, Any]]:
        return fiction_books.ledger(self._must(call), self.years)

    def _between(self, call: Call, choose: Callable[[list[Any]], list[Any]]) -> Reply:
        first, last = call.query.get("fromDate", ""), call.query.get("toDate", "")
        if not (is_day(first) and is_day(last)):
            return problem(400, "Bad request", "fromDate and toDate are required.")
        return page(call, choose([line for line in self._lines(call) if first <= line["PostingDate"] <= last]))

    def _on(self, call: Call, choose: Callable[[list[Any], str], list[Any]]) -> Reply:
        day = call.query.get("date", "")
        if not is_day(day):
            return problem(400, "Bad request", "date is required.")
        return page(call, choose(self._lines(call), day))


def is_day(text: str) -> bool:
    """Return whether ``text`` is written as a date."""
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None


def _until(lines: list[Any], day: str) -> list[Any]:
    return [line for line in lines if line["PostingDate"] <= day]


def _side(lines: list[Any], side: str) -> list[Any]:
    return fiction_books.side_balances(fiction_books.subledger(lines, side), side)
