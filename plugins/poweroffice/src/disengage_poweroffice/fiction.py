"""A fictitious firm in Go and its fictitious clients, for the simulator: people, books and voucher documents.

Everything is computed from the client's number, so that two simulators show the same.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

#: Every id here is derived below this one.
_SPACE = uuid.UUID("6f1d1c1e-0f3a-5c55-9f5e-2a1b7a1f0c0d")
ADMINISTRATOR = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
BOOKKEEPER = str(uuid.uuid5(_SPACE, "role bookkeeper"))
EMPLOYEE = str(uuid.uuid5(_SPACE, "role employee"))
ROLES = {ADMINISTRATOR: "Administrator", BOOKKEEPER: "Regnskapsfører", EMPLOYEE: "Ansatt"}
PRIVILEGES = ("AccountTransaction", "TrialBalance", "CustomerLedger", "SupplierLedger", "VoucherDocumentation")


def an_id(what: str) -> str:
    """Return the id of ``what``; the same in every process."""
    return str(uuid.uuid5(_SPACE, what))


def number(n: int) -> str:
    """Return the organisation number of client ``n``: valid, and below every number that is handed out."""
    if n == 1:
        return "974760673"
    valid = [body for body in range(20_000_000, 20_000_000 + 2 * n + 2) if _check_digit(body) < 10]
    return f"{valid[n]}{_check_digit(valid[n])}"


def _check_digit(body: int) -> int:
    total = sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2), f"{body:08}", strict=True))
    return (11 - total % 11) % 11


@dataclass
class Person:
    """One user on one client."""

    id: str | None
    email: str
    first: str
    last: str
    role: str
    from_date: str | None = None
    to_date: str | None = None
    status: str = "Active"

    def row(self, today: date) -> dict[str, Any]:
        """Return the ``UserDto``; ``ToDate`` is inclusive, the day after it the user is deactivated."""
        ended = self.to_date is not None and self.to_date < str(today)
        return {
            "Id": self.id,
            "EmailAddress": self.email,
            "FirstName": self.first,
            "LastName": self.last,
            "AccessRoleId": self.role,
            "FromDate": self.from_date,
            "ToDate": self.to_date,
            "Status": "Inactive" if ended and self.status == "Active" else self.status,
        }


@dataclass
class GoClient:
    """One client in Go, with or without the firm's partner code."""

    n: int
    id: str
    name: str
    number: str
    key: str
    users: list[Person] = field(default_factory=list)
    active: bool = True
    partner_code: bool = True
    integration: bool = True
    forbidden: set[str] = field(default_factory=set)

    def row(self) -> dict[str, Any]:
        """Return the ``ClientDto``."""
        return {
            "Id": self.id,
            "ClientName": self.name,
            "OrganizationNumber": self.number,
            "IsActive": self.active,
        }

    def user(self, user_id: str) -> Person | None:
        """Return one user by id."""
        return next((user for user in self.users if user.id == user_id), None)


_OLA = ("ola@fjordregnskap.example", "Ola", "Fjord")
_SIRI = ("siri@fjordregnskap.example", "Siri", "Vik")


def the_partner() -> GoClient:
    """Return the firm's own client in Go."""
    users = [
        Person(an_id("user ola"), *_OLA, ADMINISTRATOR),
        Person(an_id("user siri"), *_SIRI, BOOKKEEPER),
        Person(an_id("user per"), "per@fjordregnskap.example", "Per", "Dal", BOOKKEEPER),
    ]
    # The partner's own client carries no partner code of its own: inferred, nothing says that it lists itself.
    return GoClient(
        0,
        an_id("client partner"),
        "Fjord Regnskap AS",
        number(0),
        "simulated-partner-key",
        users,
        partner_code=False,
    )


def a_client(n: int) -> GoClient:
    """Return client ``n``: two of the firm's users and one of its own."""
    own = ("kari@nordlys.example", "Kari", "Nordmann") if n == 1 else (f"kari@klient{n}.example", "Kari", f"Klient{n}")
    users = [
        Person(an_id("user ola"), *_OLA, ADMINISTRATOR),
        Person(an_id("user siri"), *_SIRI, BOOKKEEPER),
        Person(an_id(f"user kari {n}"), *own, EMPLOYEE),
    ]
    name = "Nordlys Kafé AS" if n == 1 else f"Prøveklient {n} AS"
    return GoClient(n, an_id(f"client {n}"), name, number(n), f"simulated-client-key-{n}", users)


# --- books --------------------------------------------------------------------------------------------------

_CUSTOMER, _SUPPLIER = 10001, 20001


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
    """Return one row per voucher: invoices have a PDF, bank vouchers nothing."""
    seen = {line["VoucherId"]: line for line in lines}
    return [
        {
            "VoucherId": voucher_id,
            "VoucherNo": line["VoucherNo"],
            "VoucherType": line["VoucherType"],
            "HasPdf": line["VoucherType"] != "BankJournal",
            "HasEhf": line["VoucherType"] == "IncomingInvoice",
            "HasImages": False,
            "HasSalesOrderAttachments": False,
            "IsImported": False,
        }
        for voucher_id, line in seen.items()
    ]


def voucher_zip(row: dict[str, Any]) -> bytes:
    """Return one voucher's documents as a zip, the same bytes each time."""
    files = {"pdf": _pdf(f"Bilag {row['VoucherNo']}")} if row["HasPdf"] else {}
    if row["HasEhf"]:
        files["xml"] = f"<Invoice><ID>{row['VoucherNo']}</ID></Invoice>".encode()
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for ending, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{row['VoucherNo']}.{ending}", (2026, 1, 1, 0, 0, 0)), content)
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
