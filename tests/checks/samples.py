"""Invented files of a history, whole ones, for tests to damage."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from disengage.domain.request import Period

DATA = Path(__file__).parent / "data"
#: Real files from outside, which need not be there.
OUTSIDE = Path(__file__).parents[3] / "shared" / "samples"

PERIOD = Period.model_validate({"from": "2026-01-01", "to": "2026-12-31"})


def sie(name: str = "kafe-4e.se") -> bytes:
    """Return one of the invented SIE files."""
    return (DATA / name).read_bytes()


def a_pdf(text: str = "Faktura 1", pages: int = 1) -> bytes:
    """Return a PDF with as many pages."""
    kids = " ".join(f"{number} 0 R" for number in range(4, 4 + pages))
    stream = f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        *[page] * pages,
    ]
    body, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(parts) + 1
    end = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode("ascii")


def a_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return kept.getvalue()
