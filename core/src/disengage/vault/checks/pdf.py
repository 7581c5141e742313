"""Whether a PDF opens: it ends where a PDF ends, and every page is found.

The reading is done by pypdf in a process of its own (``pdf_reading``): what a hostile file makes it do ends there.
An encrypted file cannot be judged without its password.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from disengage.domain.checks import Check, not_checked
from disengage.domain.request import Period
from disengage.vault.checks.faults import Faults
from disengage.vault.checks.pdf_reading import Found, Reading

NAME = "pdf"

_BEGINS = b"%PDF-"
_WITHIN = 1024


def recognises(name: str, head: bytes) -> bool:
    """Return whether the file begins as a PDF does, or is called one."""
    return _BEGINS in head[:_WITHIN] or name.lower().endswith(".pdf")


def check(path: Path, subject: str, period: Period) -> Check:  # noqa: ARG001 -- a PDF has no period that can be read
    """Check one PDF."""
    with Reading() as reading:
        return checked(subject, reading.file(path))


def check_all(files: Mapping[str, Path], period: Period) -> Iterable[Check]:  # noqa: ARG001 -- see ``check``
    """Check many PDFs with one reading process."""
    with Reading() as reading:
        for subject, path in files.items():
            yield checked(subject, reading.file(path))


def checked(subject: str, found: Found) -> Check:
    """Return what was found as a check."""
    if found.not_checked:
        return not_checked(NAME, subject, found.not_checked)
    faults = Faults(NAME, subject)
    if found.code:
        faults.add(found.code, found.where, found.message)
    return faults.check(f"opens, {found.pages} pages")
