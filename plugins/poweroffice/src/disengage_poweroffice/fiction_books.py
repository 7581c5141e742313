"""The books, registers and documents of the fictitious clients; computed from their numbers like everything else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from disengage_poweroffice.fiction import GoClient, an_id

_CUSTOMER, _SUPPLIER = 10001, 20001
_NILS = "nils@nordlys.example"


def ledger(client: GoClient, years: list[int]) -> list[dict[str, Any]]:
    """Return every ledger line of the client, oldest first; each voucher adds up to zero."""
    return [line for year in years for line in _year(client, year)]


def _year(client: GoClient, year: int) -> Iterator[dict[str, Any]]:
    sold, bought = 12500.0 + client.n * 100 + year % 10, 5000.0 + client.n * 10
    vouchers = (
        ("OutgoingInvoice", 3, ((1500, sold), (3000, -sold * 0.8), (2700, -sold * 0.2))),
        ("BankJournal", 4, ((1920, sold), (1500, -sold))),
        ("IncomingInvoice", 9, ((6300, bought * 0.8), (2710, bought * 0.2), (2400, -bought))),
        ("BankJournal", 10, ((2400, bought / 2), (1920, -bought / 2))),
    )
    for place, (kind, month, lines) in enumerate(vouchers):
        voucher_no = (year % 100) * 100 + place + 1
        for line, (account, amount) in enumerate(lines):
            yield {
                "Id": voucher_no * 10 + line,
                "VoucherId": an_id(f"voucher {client.n} {voucher_no}"),
                "VoucherNo": voucher_no,
                "VoucherType": kind,
                "VoucherDate": f"{year}-{month:02}-15",
                "PostingDate": f"{year}-{month:02}-15",
                "AccountNo": account,
                "Amount": round(amount, 2),
                "VatCode": {2700: "3", 2710: "1"}.get(account),
                "IsReversed": False,
                "CustomerAccountNo": _CUSTOMER if account == 1500 else None,
                "SupplierAccountNo": _SUPPLIER if account == 2400 else None,
            }


def without(lines: list[dict[str, Any]], lost: str) -> list[dict[str, Any]]:
    """Return ``lines`` without what is ``lost``: the last ``line``, the second ``voucher``, or nothing."""
    if lost == "line":
        return lines[:-1]
    vouchers = list(dict.fromkeys(line["VoucherId"] for line in lines))
    return [line for line in lines if lost != "voucher" or line["VoucherId"] not in vouchers[1:2]]


def balance(lines: list[dict[str, Any]], day: str) -> list[dict[str, Any]]:
    """Return the trial balance on ``day``, the day included."""
    totals: dict[int, float] = {}
    for line in lines:
        if line["PostingDate"] <= day:
            totals[line["AccountNo"]] = totals.get(line["AccountNo"], 0.0) + line["Amount"]
    return [
        {"AccountId": account, "AccountNo": account, "AccountName": f"Konto {account}", "Balance": round(total, 2)}
        for account, total in sorted(totals.items())
    ]


def subledger(lines: list[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """Return the lines of the customers' or the suppliers' ledger."""
    return [line for line in lines if line[f"{side}AccountNo"] is not None]


def side_balances(lines: list[dict[str, Any]], side: str) -> list[dict[str, Any]]:
    """Return one balance per customer or supplier; whoever has no entries is not shown."""
    total = round(sum(line["Amount"] for line in lines), 2)
    account = {"Customer": _CUSTOMER, "Supplier": _SUPPLIER}[side]
    return [{f"{side}AccountNo": account, f"{side}Name": "Fiksjon AS", "Balance": total}] if lines else []


def documentation(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row per voucher: invoices have a PDF, bank vouchers nothing, one invoice a file on its order."""
    seen = {line["VoucherId"]: line for line in lines}
    first = next((voucher for voucher, line in seen.items() if line["VoucherType"] == "OutgoingInvoice"), None)
    return [
        {
            "VoucherId": voucher_id,
            "VoucherNo": line["VoucherNo"],
            "VoucherType": line["VoucherType"],
            "HasPdf": line["VoucherType"] != "BankJournal",
            "HasEhf": line["VoucherType"] == "IncomingInvoice",
            "HasImages": False,
            "HasSalesOrderAttachments": voucher_id == first,
            "IsImported": False,
        }
        for voucher_id, line in seen.items()
    ]


def voucher_zip(row: dict[str, Any]) -> bytes:
    """Return one voucher's documents as a zip, the same bytes each time."""
    files = {"pdf": _pdf(f"Bilag {row['VoucherNo']}")} if row["HasPdf"] else {}
    if row["HasEhf"]:
        files["xml"] = f"<Invoice><ID>{row['VoucherNo']}</ID></Invoice>".encode()
    return a_zip({f"{row['VoucherNo']}.{ending}": content for ending, content in files.items()})


def a_zip(files: dict[str, bytes]) -> bytes:
    """Return ``files`` as a zip, the same bytes each time."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return kept.getvalue()


def _pdf(text: str) -> bytes:
    """Return a one-page PDF that says ``text``."""
    stream = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F1 5 0 R >> >>",
    )
    body, places = "%PDF-1.4\n", []
    for place, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{place} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 7\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


# --- registers, invoices, drafts ----------------------------------------------------------------------------


def registers(client: GoClient, lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return what stands in the client's registers, by the last part of their paths."""
    accounts = sorted({line["AccountNo"] for line in lines})
    return {
        "GeneralLedgerAccounts": [{"Id": no, "AccountNo": no, "Name": f"Konto {no}"} for no in accounts],
        "Customers": [{"Id": 1, "Number": _CUSTOMER, "Name": "Fiksjon AS"}],
        "Suppliers": [{"Id": 2, "Number": _SUPPLIER, "Name": "Leverandør AS"}],
        "Employees": [{"Id": 3, "Number": 1, "FirstName": "Nils", "LastName": "Nord", "EmailAddress": _NILS}],
        "ClientContacts": [
            {"Id": 4, "FirstName": person.first, "LastName": person.last, "Email": person.email}
            for person in (client.own,)
            if person
        ],
        "ClientBankAccounts": [{"Id": 5, "BankAccountNumber": f"8352919{client.n:04}", "IsActive": True}],
    }


def invoices(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return one row per invoice of a kind (``OutgoingInvoice`` or ``IncomingInvoice``)."""
    seen = {line["VoucherId"]: line for line in lines if line["VoucherType"] == kind}
    return [
        {"Id": voucher_id, "VoucherNo": line["VoucherNo"], "VoucherDate": line["VoucherDate"], "VoucherType": kind}
        for voucher_id, line in seen.items()
    ]


def drafts(client: GoClient) -> list[dict[str, Any]]:
    """Return what came in and is not posted yet: one invoice that came as EHF."""
    row = {"Id": an_id(f"draft {client.n}"), "IsPosted": False, "InApprovalWorkflow": False}
    return [{**row, "OriginatedFromEhf": True, "VoucherType": "IncomingInvoice"}]


def draft_ehf(draft_id: str) -> bytes:
    """Return the invoice that a draft was made from."""
    return f"<Invoice><ID>{draft_id}</ID></Invoice>".encode()


def attachments(voucher_id: str) -> list[dict[str, Any]]:
    """Return the files on a sales order, without their content."""
    return [{"Id": 7, "FileName": "timeliste.pdf", "FileSize": len(attachment()), "SalesOrderId": voucher_id}]


def attachment() -> bytes:
    """Return the file on every sales order."""
    return _pdf("Timeliste")
