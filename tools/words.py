"""Bring the translations of the pages, and of what is said on them, up to date. ``make words``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from disengage.web.wording import LANGUAGES, SOURCE
from sentences import CORE, HOUSES, sentences

PAGES = CORE / "web"
#: How messages are marked in Python; templates know ``_``, ``ngettext`` and ``{% trans %}`` by themselves.
KEYWORDS = {"say": None, "N_": None, "gettext": None, "ngettext": (1, 2), "_": None}
_METHODS = [("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}}
#: Whoever reads a page has no command line: such a sentence is said in other words there, in English as well.
_COMMAND = re.compile(r"['`]disengage [a-z]|: disengage [a-z]|--[a-z]")

Message = str | tuple[str, ...]


@cache
def said(folder: Path) -> list[Message]:
    """Return every message of a folder, once, in alphabetical order."""
    if folder != PAGES:
        return [*sentences(folder)]
    found = extract_from_dir(PAGES, _METHODS, _OPTIONS, KEYWORDS)
    return sorted({message for _, _, message, _, _ in found}, key=str)


def catalogues() -> Iterator[tuple[Path, str]]:
    """Yield every folder that has words with every language it has them in."""
    for folder in (PAGES, *HOUSES):
        yield from ((folder, name) for name in LANGUAGES if said(folder) and (folder != PAGES or name != SOURCE))


def path(folder: Path, language: str) -> Path:
    """Return where the words of one language are kept."""
    return folder / "words" / f"{language}.po"


def merged(folder: Path, language: str) -> Iterator[tuple[Message, Message]]:
    """Yield each message with its translation, empty where there is none yet; what nobody says any more is dropped."""
    known = {message.id: message.string for message in read(folder, language)}
    for message in said(folder):
        nothing: Message = ("", "") if isinstance(message, tuple) else ""
        translation = known.get(message) or nothing
        yield message, tuple(translation) if isinstance(translation, list) else translation


def read(folder: Path, language: str) -> Catalog:
    """Return the words of one language as they are kept."""
    if not path(folder, language).is_file():
        return Catalog(locale=language)
    with path(folder, language).open("rb") as source:
        return read_po(source, locale=language)


def missing(folder: Path, language: str) -> list[Message]:
    """Return the messages that lack their words; in English those that cannot be said on a page as they are."""
    return [
        message
        for message, translation in merged(folder, language)
        if not all(translation if isinstance(translation, tuple) else (translation,))
        and (language != SOURCE or _COMMAND.search(str(message)))
    ]


def text(folder: Path, language: str) -> bytes:
    """Return the file of one language; nothing that changes by itself stands in it."""
    catalogue = Catalog(locale=language)
    for message, translation in merged(folder, language):
        catalogue.add(message, translation)
    written = BytesIO()
    write_po(written, catalogue, width=120, no_location=True, omit_header=True)
    return written.getvalue()


def main() -> None:
    """Write all of them, and say what is missing."""
    for folder, language in catalogues():
        words = text(folder, language)
        path(folder, language).parent.mkdir(exist_ok=True)
        path(folder, language).write_bytes(words)
        lacking = len(missing(folder, language))
        print(f"{folder.name}, {language}: {len(said(folder))} messages, {lacking} without words")


if __name__ == "__main__":
    main()
