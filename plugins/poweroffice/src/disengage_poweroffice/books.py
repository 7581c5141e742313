"""One function per operation that reads a client's books, with that client's own key; lists come row by row.

Vendor's OpenAPI, https://prdm0go0stor0apiv20eurw.z6.web.core.windows.net/ (read 2026-11-22). A list that the
integration lacks the privilege for raises ``RejectedError`` with status 403; only the ledger itself may not be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from disengage.http import HttpClient

from disengage_poweroffice.api import FORBIDDEN, PAGE_SIZE, answered, pages, segment

Download = AbstractContextManager[Iterator[bytes]]


# --- the ledgers


def account_transactions(http: HttpClient, first: date, last: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /AccountTransactions?fromDate&toDate: every ledger line, both days included. Documented."""
    path = "/AccountTransactions"
    return pages(http, path, "account_transactions", size, fromDate=str(first), toDate=str(last))


def trial_balance(http: HttpClient, day: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /TrialBalance?date: the balance of every account, the day included. Documented."""
    return pages(http, "/TrialBalance", "trial_balance", size, FORBIDDEN, date=str(day))


def ledger_statement(http: HttpClient, side: str, first: date, last: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /Customerledger/Statement or /Supplierledger/Statement?fromDate&toDate, both days included. Documented."""
    path, operation = f"/{side}ledger/Statement", f"{side.lower()}_ledger"
    return pages(http, path, operation, size, FORBIDDEN, fromDate=str(first), toDate=str(last))


def ledger_on(http: HttpClient, side: str, what: str, day: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /{side}ledger/OpenItems or /{side}ledger/{side}Balances?date, the day included. Documented."""
    return pages(http, f"/{side}ledger/{what}", f"{side.lower()}_ledger", size, FORBIDDEN, date=str(day))


# --- the registers


def organization_settings(http: HttpClient) -> Any:
    """GET /OrganizationSettings: the client's own settings. Documented.

    Raises:
        RejectedError: With status 403, where the integration lacks the privilege.
    """
    return answered(http, "/OrganizationSettings", "organization_settings", FORBIDDEN).json()


def general_ledger_accounts(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /GeneralLedgerAccounts: the chart of accounts. Documented."""
    return pages(http, "/GeneralLedgerAccounts", "general_ledger_accounts", size, FORBIDDEN)


def customers(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /Customers. Documented."""
    return pages(http, "/Customers", "customers", size, FORBIDDEN)


def suppliers(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /Suppliers. Documented."""
    return pages(http, "/Suppliers", "suppliers", size, FORBIDDEN)


def employees(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /Employees. Documented."""
    return pages(http, "/Employees", "employees", size, FORBIDDEN)


def client_contacts(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /ClientContacts: general manager, board and other contacts of the client. Documented."""
    return pages(http, "/ClientContacts", "client_contacts", size, FORBIDDEN)


def client_bank_accounts(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /ClientBankAccounts: the client's own bank accounts. Documented."""
    return pages(http, "/ClientBankAccounts", "client_bank_accounts", size, FORBIDDEN)


# --- invoices and vouchers


def outgoing_invoices(http: HttpClient, first: date, last: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /OutgoingInvoices?fromDate&toDate: invoices sent, by voucher date, both days included. Documented."""
    path = "/OutgoingInvoices"
    return pages(http, path, "outgoing_invoices", size, FORBIDDEN, fromDate=str(first), toDate=str(last))


def incoming_invoices(http: HttpClient, first: date, last: date, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /IncomingInvoices?fromDate&toDate: invoices received, by voucher date, both days included. Documented."""
    path = "/IncomingInvoices"
    return pages(http, path, "incoming_invoices", size, FORBIDDEN, fromDate=str(first), toDate=str(last))


def voucher_documentation(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /VoucherDocumentation: every voucher with the kinds of documents it has. Documented."""
    return pages(http, "/VoucherDocumentation", "voucher_documentation", size, FORBIDDEN)


def documentation_of(http: HttpClient, voucher_id: str, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /VoucherDocumentation?id: the kinds of documents of one voucher. Documented."""
    return pages(http, "/VoucherDocumentation", "voucher_documentation", size, FORBIDDEN, id=voucher_id)


def download_voucher(http: HttpClient, voucher_id: str) -> Download:
    """GET /VoucherDocumentation/Download?id&documentationType=All: one zip per voucher; nothing on 204. Documented."""
    params = {"id": voucher_id, "documentationType": "All"}
    return http.stream("/VoucherDocumentation/Download", operation="download_voucher", params=params)


def sales_order_attachments(http: HttpClient, voucher_id: str, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /SalesOrders/{id}/attachments: the files on an invoice's sales order, without their content. Documented.

    The voucher list says of an invoice that it has such files and to get them here; draft, invoice and voucher
    share one id (vendor's OpenAPI, VoucherDocumentationDto and OutgoingInvoiceDto).
    """
    path = f"/SalesOrders/{segment(voucher_id)}/attachments"
    return pages(http, path, "sales_order_attachments", size, FORBIDDEN)


def download_attachment(http: HttpClient, voucher_id: str, attachment: int) -> Download:
    """GET /SalesOrders/{id}/attachments/{id}: one such file. Documented."""
    path = f"/SalesOrders/{segment(voucher_id)}/attachments/{attachment}"
    return http.stream(path, operation="download_attachment")


def drafts(http: HttpClient, size: int = PAGE_SIZE) -> Iterator[Any]:
    """GET /JournalEntryVouchers?isPosted=false: what came in and is not posted yet. Documented."""
    return pages(http, "/JournalEntryVouchers", "drafts", size, FORBIDDEN, isPosted="false")


def download_draft(http: HttpClient, draft_id: str) -> Download:
    """GET /JournalEntryVouchers/{id}/ehf: the invoice that a draft was made from, where it came as EHF. Documented."""
    return http.stream(f"/JournalEntryVouchers/{segment(draft_id)}/ehf", operation="download_draft")
