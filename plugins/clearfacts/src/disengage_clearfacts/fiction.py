"""The fictitious firm, its clients and their documents: the same in every run. No number here was ever handed out."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

FIRM = "Fjord Regnskap AS"
FIRM_NUMBER = "0010000797"
ASSOCIATE = {"id": "1", "email": "astrid@fjord.example", "firstName": "Astrid", "lastName": "Solbakken"}
#: What the example's client was given.
DOCUMENTS = ("2025/aankoop-0001.pdf", "2025/verkoop-0001.pdf", "diverse/statuten.pdf")

_FIRST_BODY = 100_014  # below every enterprise number that exists
_PDF = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>
endobj
"""
_LONG_AGO = (2025, 1, 1, 0, 0, 0)


@dataclass
class SimulatedDossier:
    """One dossier of the firm."""

    name: str
    number: str

    def row(self) -> dict[str, Any]:
        """Return the dossier as the schema pages describe it."""
        return {
            "name": self.name,
            "companyNumber": self.number,
            "accountManager": ASSOCIATE["firstName"],
            "companyType": "BV",
            "emails": [
                {"type": bin_, "emailAddress": f"{bin_}-{self.number}@fjord.clearfacts.example"}
                for bin_ in ("purchase", "sale", "various")
            ],
            "address": {"streetAddress": "Voorbeeldstraat 1", "country": {"iso2": "BE", "name": "België"}},
        }


def number(n: int) -> str:
    """Return the enterprise number of fictitious client ``n``: its check digits are right."""
    body = _FIRST_BODY + n
    return f"{body:08}{97 - body % 97:02}"


def a_dossier(n: int) -> SimulatedDossier:
    """Return the dossier of fictitious client ``n``."""
    return SimulatedDossier("Nordlys Kafé AS" if n == 1 else f"Voorbeeldklant {n} BV", number(n))


def a_pdf() -> bytes:
    """Return the smallest PDF that is one: a blank page, with a table of its objects."""
    places = [_PDF.index(b"%d 0 obj" % n) for n in (1, 2, 3)]
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 4\n0000000000 65535 f \n" + rows
    return _PDF + head + b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(_PDF)


def a_zip(names: tuple[str, ...] = DOCUMENTS) -> bytes:
    """Return a ZIP file of blank PDFs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), a_pdf())
    return packed.getvalue()
