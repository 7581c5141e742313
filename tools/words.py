"""Bring the translations of the pages up to date with what the pages say. ``make words``."""

from __future__ import annotations

from collections.abc import Iterator
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


def merged(language: str, messages: list[Message]) -> Iterator[tuple[Message, Message]]:
    """Yield each message with its translation, empty where there is none yet; what nobody says any more is dropped."""
    known = {message.id: message.string for message in read(language)}
    for message in messages:
        nothing: Message = ("", "") if isinstance(message, tuple) else ""
        translation = known.get(message) or nothing
        yield message, tuple(translation) if isinstance(translation, list) else translation


def read(language: str) -> Catalog:
    """Return the translations of one language as they are kept."""
    file = FOLDER / "words" / f"{language}.po"
    if not file.is_file():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language)


def write(language: str, messages: list[Message]) -> int:
    """Write the translations of one language, and nothing that changes by itself; return how many are missing."""
    catalogue = Catalog(locale=language)
    missing = 0
    for message, translation in merged(language, messages):
        catalogue.add(message, translation)
        missing += not all(translation if isinstance(translation, tuple) else (translation,))
    with (FOLDER / "words" / f"{language}.po").open("wb") as file:
        write_po(file, catalogue, width=120, no_location=True, omit_header=True)
    return missing


def main() -> None:
    """Write all of them, and say what is missing."""
    messages = said()
    for language in LANGUAGES:
        if language != SOURCE:
            missing = write(language, messages)
            print(f"{language}: {len(messages)} messages, {missing} not translated")


if __name__ == "__main__":
    main()
