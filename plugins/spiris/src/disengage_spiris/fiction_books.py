"""The books of a simulated company: fiscal years whose vouchers, SIE files and balances agree."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

_ACCOUNTS = {
    1930: "Företagskonto",
    2081: "Aktiekapital",
    2099: "Årets resultat",
    2611: "Utgående moms",
    3001: "Försäljning",
}
_RESULT, _SALES = 2099, 3001
_BEGINNING = {1930: Decimal(1000), 2081: Decimal(-1000)}
NUMBERS = (1, 2, 3)

Year = tuple[str, date, date]


def day_of(first: date, number: int) -> date:
    """Return the day of a voucher of the year that begins on ``first``."""
    return first + timedelta(days=30 * number)


def text_of(number: int) -> str:
    """Return what a voucher says."""
    return f"Kassaförsäljning {number}"


def rows_of(number: int) -> list[tuple[int, Decimal]]:
    """Return the rows of a voucher: account, and debit less credit."""
    return [(1930, Decimal(125 * number)), (_SALES, Decimal(-100 * number)), (2611, Decimal(-25 * number))]


def voucher(voucher_id: str, first: date, number: int, attachment: str) -> dict[str, Any]:
    """Return ``VoucherApi``."""
    return {
        "Id": voucher_id,
        "VoucherDate": f"{day_of(first, number)}T00:00:00Z",
        "VoucherText": text_of(number),
        "NumberAndNumberSeries": f"A{number}",
        "Attachments": {"AttachmentIds": [attachment]},
        "Rows": [
            {
                "AccountNumber": account,
                "DebitAmount": float(max(amount, Decimal(0))),
                "CreditAmount": float(max(-amount, Decimal(0))),
            }
            for account, amount in rows_of(number)
        ],
    }


def opening(years: Sequence[Year], first: date) -> dict[int, Decimal]:
    """Return the balances at the start of a year; the result of each year before is equity by then."""
    found = dict(_BEGINNING)
    for _, start, end in years:
        if start < first:
            moved = closing(found, start, end)
            moved[_RESULT] = moved.get(_RESULT, Decimal(0)) + moved.pop(_SALES, Decimal(0))
            found = moved
    return found


def closing(balances: dict[int, Decimal], first: date, day: date) -> dict[int, Decimal]:
    """Return ``balances`` with the vouchers of the year up to a day, that day included."""
    found = dict(balances)
    for number in NUMBERS:
        if day_of(first, number) <= day:
            for account, amount in rows_of(number):
                found[account] = found.get(account, Decimal(0)) + amount
    return found


def balances(years: Sequence[Year], day: date) -> list[dict[str, Any]]:
    """Return the balance of every account on a day; nothing outside of the fiscal years."""
    first = next((start for _, start, end in years if start <= day <= end), None)
    found = closing(opening(years, first), first, day) if first else {}
    return [
        {"AccountNumber": account, "AccountName": _ACCOUNTS[account], "Balance": float(amount)}
        for account, amount in sorted(found.items())
    ]


def sie(number: str, name: str, years: Sequence[Year], first: date, last: date, made_on: date) -> bytes:
    """Return a SIE 4 file of one fiscal year."""
    at_first = opening(years, first)
    at_last = closing(at_first, first, last)
    lines = [
        "#FLAGGA 0",
        '#PROGRAM "Spiris Bokföring & Fakturering" 1',
        "#FORMAT PC8",
        f"#GEN {made_on:%Y%m%d}",
        "#SIETYP 4",
        f"#ORGNR {number[:6]}-{number[6:]}",
        f'#FNAMN "{name}"',
        f"#RAR 0 {first:%Y%m%d} {last:%Y%m%d}",
        *(f'#KONTO {account} "{called}"' for account, called in _ACCOUNTS.items()),
        *(f"#IB 0 {account} {amount:.2f}" for account, amount in sorted(at_first.items())),
        *(f"#UB 0 {account} {amount:.2f}" for account, amount in sorted(at_last.items()) if account != _SALES),
        f"#RES 0 {_SALES} {at_last.get(_SALES, Decimal(0)):.2f}",
        *(line for one in NUMBERS if day_of(first, one) <= last for line in _ver(first, one)),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("cp437")


def _ver(first: date, number: int) -> list[str]:
    rows = [f"#TRANS {account} {{}} {amount:.2f}" for account, amount in rows_of(number)]
    return [f'#VER A {number} {day_of(first, number):%Y%m%d} "{text_of(number)}"', "{", *rows, "}"]


def pdf(text: str) -> bytes:
    """Return a PDF of one page that says ``text``."""
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


def a_zip(name: str, content: bytes) -> bytes:
    """Return a ZIP of one file, the same bytes each time."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return kept.getvalue()
