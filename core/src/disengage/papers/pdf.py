"""Print HTML to PDF, with the bundled typeface and nothing else: no network, no files, no fonts of the system."""

from __future__ import annotations

import io
from base64 import b64decode
from binascii import Error as NotBase64
from datetime import date
from typing import TYPE_CHECKING

from disengage.errors import DisengageError
from disengage.papers.characters import FONTS

if TYPE_CHECKING:
    import plutoprint

_PLACE = "paper:///"
_PNG = "data:image/png;base64,"
_FACES = {
    "SourceSansPro-Regular.ttf": "",
    "SourceSansPro-Bold.ttf": "font-weight: bold",
    "SourceSansPro-It.ttf": "font-style: italic",
}
#: Text in a family that is not there would vanish from the page, so every text is in ours; and a ligature would be one
#: character that no search finds.
_STYLE = "".join(
    f'@font-face {{ font-family: "Paper"; src: url({_PLACE}{name}); {more} }}\n' for name, more in _FACES.items()
) + '* { font-family: "Paper" !important; font-variant-ligatures: none !important }\n'  # fmt: skip


def to_pdf(html: str, *, title: str, author: str, language: str, made_on: date) -> bytes:
    """Return the page as PDF, the same bytes for the same arguments.

    Args:
        html: A whole page.
        title: The document's title.
        author: Who answers for it.
        language: BCP 47 tag.
        made_on: The day that is given as its date.

    Raises:
        DisengageError: It cannot be printed.
    """
    import plutoprint

    try:
        book = _book(html)
        for name, text in (("TITLE", title), ("AUTHOR", author), ("CREATOR", "disengage")):
            book.set_metadata(getattr(plutoprint, f"PDF_METADATA_{name}"), text)
        printed = io.BytesIO()
        book.write_to_pdf_stream(printed)
    except plutoprint.Error as error:
        raise DisengageError(
            f"The paper cannot be printed: {error}.", remedy="Take the .html form, and print that."
        ) from None
    return _finished(printed.getvalue(), title, author, language, made_on)


def _book(html: str) -> plutoprint.Book:
    import plutoprint

    class Fetcher(plutoprint.ResourceFetcher):
        """Gives out our typeface and pictures that are in the page itself."""

        def fetch_url(self, url: str) -> plutoprint.ResourceData:
            return plutoprint.ResourceData(*_fetched(url))

    plutoprint.plutobook_set_fontconfig_path(str(FONTS))
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4)
    book.custom_resource_fetcher = Fetcher()
    book.load_html(html, user_style=_STYLE, base_url=_PLACE)
    return book


def _fetched(url: str) -> tuple[bytes, str]:
    """Return content and type of what a page asks for; empty for whatever is not in the page or ours."""
    name = url.removeprefix(_PLACE)
    if url.startswith(_PLACE) and name in _FACES:
        return (FONTS / name).read_bytes(), "font/ttf"
    if url.startswith(_PNG):
        try:
            return b64decode(url.removeprefix(_PNG), validate=True), "image/png"
        except NotBase64:
            return b"", "text/plain"
    return b"", "text/plain"


def _finished(printed: bytes, title: str, author: str, language: str, made_on: date) -> bytes:
    """Return the document with its language, and with dates as PDF writes them."""
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    writer = PdfWriter(clone_from=io.BytesIO(printed))
    writer.root_object[NameObject("/Lang")] = TextStringObject(language)
    day = f"D:{made_on:%Y%m%d}000000Z"
    writer.metadata = {
        "/Title": title, "/Author": author, "/Creator": "disengage", "/CreationDate": day, "/ModDate": day,
    }  # fmt: skip
    finished = io.BytesIO()
    writer.write(finished)
    return finished.getvalue()
