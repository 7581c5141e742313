"""Bring the translations of the pages up to date with what the pages say. ``make words``."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from disengage.web.wording import LANGUAGES, SOURCE

FOLDER = Path(__file__).resolve().parent.parent / "core" / "src" / "disengage" / "web"
#: How messages are marked in Python; templates know ``_``, ``ngettext`` and ``{% trans %}`` by themselves.
KEYWORDS = {"say": None, "N_": None, "gettext": None, "ngettext": (1, 2), "_": None}
_METHODS = [("**.py", "python"), ("**.html", "jinja2")]
_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}}

Message = str | tuple[str, ...]


def said() -> list[Message]:
    """Return every message of the pages, once, in alphabetical order."""
    found = extract_from_dir(FOLDER, _METHODS, _OPTIONS, KEYWORDS)
    return sorted({message for _, _, message, _, _ in found}, key=str)


def path(language: str) -> Path:
    """Return where the translations of one language are kept."""
    return FOLDER / "words" / f"{language}.po"


def merged(language: str, messages: list[Message]) -> Iterator[tuple[Message, Message]]:
    """Yield each message with its translation, empty where there is none yet; what nobody says any more is dropped."""
    known = {message.id: message.string for message in read(language)}
    for message in messages:
        nothing: Message = ("", "") if isinstance(message, tuple) else ""
        translation = known.get(message) or nothing
        yield message, tuple(translation) if isinstance(translation, list) else translation


def read(language: str) -> Catalog:
    """Return the translations of one language as they are kept."""
    if not path(language).is_file():
        return Catalog(locale=language)
    with path(language).open("rb") as source:
        return read_po(source, locale=language)


def missing(messages: list[Message], language: str) -> list[Message]:
    """Return the messages that are not translated."""
    return [
        message
        for message, translation in merged(language, messages)
        if not all(translation if isinstance(translation, tuple) else (translation,))
    ]


def text(language: str, messages: list[Message]) -> bytes:
    """Return the file of one language; nothing that changes by itself stands in it."""
    catalogue = Catalog(locale=language)
    for message, translation in merged(language, messages):
        catalogue.add(message, translation)
    written = BytesIO()
    write_po(written, catalogue, width=120, no_location=True, omit_header=True)
    return written.getvalue()


def main() -> None:
    """Write all of them, and say what is missing."""
    messages = said()
    for language in LANGUAGES:
        if language != SOURCE:
            path(language).write_bytes(text(language, messages))
            print(f"{language}: {len(messages)} messages, {len(missing(messages, language))} not translated")


if __name__ == "__main__":
    main()
