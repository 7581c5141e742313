"""A client's own books in simulated Go, read with that client's key, and the removal of the integration."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from disengage.testing import Call, Reply, route

from disengage_poweroffice import fiction
from disengage_poweroffice.fiction import GoClient
from disengage_poweroffice.simulator_door import V2, Door, page, problem


class Books(Door):
    """What the client's own key opens.

    Attributes:
        asks_for_voucher: Refuse to list all documentation. INFERRED: the sources do not say which of both Go does.
    """

    asks_for_voucher = False

    @route("GET", f"{V2}/ClientIntegrationInformation")
    def integration(self, call: Call) -> Reply:
        """Show whom the key belongs to."""
        client = self._must(call)
        valid = [privilege for privilege in fiction.PRIVILEGES if privilege not in client.forbidden]
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
        return self._between(call, lambda lines: lines)

    @route("GET", f"{V2}/TrialBalance")
    def trial_balance(self, call: Call) -> Reply:
        """List balances on a day, inclusive."""
        return self._on(call, lambda lines, day: fiction.balance(lines, day))

    @route("GET", f"{V2}/{{area}}ledger/Statement")
    def statement(self, call: Call, area: str) -> Reply:
        """List a sub-ledger between two dates, inclusive."""
        return self._between(call, lambda lines: fiction.subledger(lines, area))

    @route("GET", f"{V2}/{{area}}ledger/OpenItems")
    def open_items(self, call: Call, area: str) -> Reply:
        """List what is open on a day; here simply every line until then."""
        return self._on(call, lambda lines, day: fiction.subledger(_until(lines, day), area))

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
        rows = fiction.documentation(self._lines(call))
        asked = call.query.get("id", "").lower()
        if self.asks_for_voucher and not asked:
            return self.error(400)
        return page(call, [row for row in rows if asked in ("", row["VoucherId"])])

    @route("GET", f"{V2}/VoucherDocumentation/Download")
    def download(self, call: Call) -> Reply:
        """Give one voucher's documents as a zip, 204 if there are none."""
        rows = fiction.documentation(self._lines(call))
        row = next((row for row in rows if row["VoucherId"] == call.query.get("id", "").lower()), None)
        if row is None:
            return self.error(404)
        if not (row["HasPdf"] or row["HasEhf"]):
            return Reply(204)
        return Reply(200, fiction.voucher_zip(row), {"Content-Type": "application/zip"})

    @route("DELETE", f"{V2}/Offboarding/RemoveIntegration")
    def remove_integration(self, call: Call) -> Reply:
        """Take the integration off the client; its key gives no more tokens."""
        client = self._must(call)
        if not client.integration:
            return self.error(404)
        client.integration = False
        self.effect(f"integration removed from {client.id}")
        words = {"Message": "Integration removed.", "RemoveFactoring": False, "ResetInvoiceFinancing": False}
        return Reply(body={**words, "Success": True})

    def _must(self, call: Call) -> GoClient:
        client = self.caller(call)
        assert client, "answer() lets nobody in without a token"
        return client

    def _lines(self, call: Call) -> list[dict[str, Any]]:
        return fiction.ledger(self._must(call), self.years)

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
    return fiction.side_balances(fiction.subledger(lines, side), side)
