"""Papers as HTML and as printed pages, for tests to look at."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pypdfium2
from disengage.domain.request import Language
from disengage.papers import sheets
from disengage.papers.characters import lacking, spelled_out
from disengage.papers.choosing import sheet_for
from disengage.papers.dossier import Dossier
from disengage.papers.pdf import to_pdf
from disengage.papers.rendering import render
from disengage.papers.sheets import Kind, Sheet
from disengage.papers.words import Words
from PIL import Image
from pypdf import PdfReader

from tests.papers.dossiers import FIRM, MADE_ON

LETTERHEAD = sheets.FirmLine(name=FIRM.name, lines=("Strandgaten 12, 5013 Bergen", "Org.nr. 911 222 333 MVA"))
#: Every paper, with whether it stays inside the firm.
PAPERS = [*((kind, False) for kind in Kind), (Kind.STATEMENT, True)]
#: Points: what @page leaves free at the left, the right, the top and the bottom, page number and marks apart.
LEFT, RIGHT, TOP, BOTTOM = 70.8, 56.6, 62.3, 68.0


def a_sheet(dossier: Dossier, kind: Kind, language: Language = Language.ENGLISH, **more: Any) -> Sheet:
    return sheet_for(dossier, kind, language, MADE_ON, more.pop("firm", LETTERHEAD), **more)


def html_of(sheet: Sheet, folder: Any = None) -> str:
    return render(sheet, Words(sheet.language, FIRM.time_zone), folder)


def pdf_of(sheet: Sheet) -> bytes:
    html = html_of(sheet)
    missing = lacking(html)
    if missing:
        html = spelled_out(render(sheet, Words(sheet.language, FIRM.time_zone), None, spelled_out=True), missing)
    return to_pdf(html, title="A paper", author=sheet.firm.name, language=str(sheet.language), made_on=MADE_ON)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._quiet = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._quiet = False

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text.append(data)


def text_of(html: str) -> str:
    """Return what a reader reads of a page, blanks as one."""
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.text).split())


@dataclass
class Line:
    """A piece of text and where it is printed, in points from the left and from the top."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


class Printed:
    """A printed paper.

    Attributes:
        letters: Every character but blanks.
        pages: The lines of each page.
        images: What each page looks like.
    """

    def __init__(self, pdf: bytes) -> None:
        self.content = pdf
        self.reader = PdfReader(io.BytesIO(pdf))
        with pypdfium2.PdfDocument(pdf) as document:
            self.pages = [self._lines(document[n]) for n in range(len(document))]
            self.letters = squeezed("".join(document[n].get_textpage().get_text_range() for n in range(len(document))))
            self.images = [document[n].render(scale=0.7).to_pil() for n in range(len(document))]

    @staticmethod
    def _lines(page: Any) -> list[Line]:
        """Return the pieces of text that stand beside each other without a gap, from above to below."""
        height, text = page.get_height(), page.get_textpage()
        found: list[Line] = []
        for n in range(text.count_chars()):
            letter = text.get_text_range(n, 1)
            left, bottom, right, top = text.get_charbox(n, loose=True)
            if letter.isspace() and letter != " ":
                continue
            new = Line(letter, left, right, height - top, height - bottom)
            if found and abs(found[-1].bottom - new.bottom) < 2 and -2 < left - found[-1].right < 4:
                last = found[-1]
                found[-1] = Line(last.text + letter, last.left, right, min(last.top, new.top), last.bottom)
            elif letter != " ":
                found.append(new)
        return sorted(found, key=lambda line: (round(line.bottom), line.left))

    @property
    def body(self) -> list[list[Line]]:
        """The lines of each page between the margins."""
        return [[line for line in page if TOP - 4 < line.top < 842 - BOTTOM] for page in self.pages]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\ufffe-]", "", text)


def ink(image: Image.Image) -> float:
    """Return how much of a page is printed on."""
    grey = image.convert("L")
    return sum(grey.histogram()[:200]) / (grey.width * grey.height)
