"""Which files are accepted from people: told by what is in them, and their names must not say something else.

Accepted are documents, pictures, tables, books and archives. Whatever a browser, an office program or an operating
system would run is not: web pages, SVG, scripts, programs, office documents with macros.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from disengage.brought import names_in_zip

_CHUNK = 1 << 20
#: So much of a text is looked at for what it is; the rest only for bytes that no text has.
_HEAD = 1 << 16


class Kind(StrEnum):
    """What a file is, by its content."""

    PDF = "PDF"
    PNG = "PNG"
    JPEG = "JPEG"
    TIFF = "TIFF"
    ZIP = "ZIP"
    OFFICE = "XLSX or DOCX"
    XML = "XML"
    TEXT = "text"


_TEXTS = (".txt", ".csv", ".tsv", ".json", ".toml", ".sie", ".se", ".si", ".eml")
#: Which endings the name of a file of each kind may have; it may also have none.
ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.PDF: (".pdf",),
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg"),
    Kind.TIFF: (".tif", ".tiff"),
    Kind.ZIP: (".zip",),
    Kind.OFFICE: (".xlsx", ".docx"),
    Kind.XML: (".xml", ".xaf", ".txt"),
    Kind.TEXT: _TEXTS,
}
_MAGIC = (
    (b"%PDF-", Kind.PDF),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
)
#: By what a name in an archive tells that it is a program: Java's, and macros of office documents.
_PROGRAMS = re.compile(r"(^|/)(META-INF/MANIFEST\.MF|vbaProject\.bin)$", re.IGNORECASE)
#: Bytes that no text has, whatever its encoding; 0x1A ends files of the old days.
_NO_TEXT = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1A}) + b"\x7f"
#: What stands before the first element of a document.
_BEFORE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?!\s+html)[^>\[]*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
#: The beginnings by which browsers take a text for a web page (WHATWG, MIME Sniffing), and SVG.
_PAGE = re.compile(
    r"<(!doctype\s+html|(\w+:)?(html|head|body|script|iframe|svg|h1|div|font|table|a|style|title|b|br|p)[\s/>])",
    re.IGNORECASE,
)
_PAGE_SPACES = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xsl/transform")
_ELEMENT = re.compile(r"<[^\W\d][\w.:-]*[\s/>]")


def complaint(path: Path, name: str) -> str:
    """Return why a file is not accepted, in a few words; empty: it is.

    Args:
        path: The file.
        name: What its sender calls it.
    """
    if not path.stat().st_size:
        return "it is empty"
    try:
        kind = kind_of(path)
    except _RefusedError as refused:
        return str(refused)
    ending = Path(name).suffix.lower()
    if ending and ending not in ENDINGS[kind]:
        return f"its name ends in {ending}, and its content is {kind}"
    return ""


class _RefusedError(Exception):
    """Why a file is of no kind that is accepted."""


def kind_of(path: Path) -> Kind:
    """Return what a file is.

    Raises:
        _RefusedError: It is nothing that is accepted.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind is Kind.ZIP:
        return _archive(path)
    return kind or _text(path, head)


def _archive(path: Path) -> Kind:
    names = names_in_zip(path)
    if names is None:
        raise _RefusedError("it begins as a ZIP and cannot be opened as one")
    if any(map(_PROGRAMS.search, names)):
        raise _RefusedError("it holds a program or macros")
    is_office = "[Content_Types].xml" in names and any(name.startswith(("xl/", "word/")) for name in names)
    return Kind.OFFICE if is_office else Kind.ZIP


def _text(path: Path, head: bytes) -> Kind:
    wide = next((name for bom, name in _WIDE if head.startswith(bom)), "")
    if not _is_text(path, wide):
        raise _RefusedError("its type is not one of those that are accepted")
    text = head.decode(wide or "utf-8-sig", "replace")
    if text.startswith("#!"):
        raise _RefusedError("it is a script")
    begins = _beginning(text)
    is_markup = begins.startswith("<")
    if _PAGE.match(begins) or (is_markup and any(space in text.lower() for space in _PAGE_SPACES)):
        raise _RefusedError("it is a web page or a drawing that may hold scripts")
    return Kind.XML if is_markup and _ELEMENT.match(begins) else Kind.TEXT


_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def _is_text(path: Path, wide: str) -> bool:
    """Return whether there is no byte, or character, that no text has; whatever the encoding of the others."""
    return not any(len(piece) != len(piece.translate(None, _NO_TEXT)) for piece in _pieces(path, wide))


def _pieces(path: Path, wide: str) -> Iterator[bytes]:
    """Yield a file, in UTF-8 where it is in UTF-16."""
    reads = codecs.getincrementaldecoder(wide)("replace") if wide else None
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(_CHUNK), b""):
            yield reads.decode(piece).encode("utf-8", "replace") if reads else piece


def _beginning(text: str) -> str:
    """Return a text from its first element on."""
    at = 1 if text.startswith("\ufeff") else 0
    while found := _BEFORE.match(text, at):
        at = found.end()
    return text[at:]
