"""The words of papers, in every language the same keys; and dates and numbers as that language writes them."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from disengage.domain.request import Language

_FOLDER = files("disengage.papers") / "words"


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Return every text of a language by ``table.key``."""
    tables = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{table}.{key}": text for table, texts in tables.items() for key, text in texts.items()}


class Words:
    """One language, and the time zone in which its clock is read.

    Args:
        language: The language.
        zone: An IANA time zone.
    """

    def __init__(self, language: Language, zone: str) -> None:
        self.language, self.zone = language, zone
        self._texts, self._clock = catalogue(language), ZoneInfo(zone)

    def text(self, key: str, **given: object) -> Markup:
        """Return a text with its placeholders filled; what is given is escaped, the text itself is ours.

        Raises:
            KeyError: The catalogue has no such text.
        """
        return escape(self._texts[key]).format(**given)

    def named(self, table: str, word: str) -> str:
        """Return our word for a word of a connector or a platform, else that word as it can be read."""
        return self._texts.get(f"{table}.{word}", word.replace("_", " "))

    def day(self, when: date) -> str:
        """Return a date as it stands in a letter: ``31. Dezember 2026``."""
        month = self._texts["form.months"].split()[when.month - 1]
        return self._texts["form.date"].format(day=when.day, month=month, year=when.year)

    def today(self, when: datetime) -> date:
        """Return the day that it was in this time zone."""
        return when.astimezone(self._clock).date()

    def moment(self, when: datetime) -> str:
        """Return a moment as it stands in a table: ``2026-12-31 14:05``, the same in all languages."""
        return f"{when.astimezone(self._clock):%Y-%m-%d %H:%M}"

    def number(self, value: int) -> str:
        """Return a number with its thousands set apart."""
        return f"{value:,}".replace(",", self._texts["form.thousands"])

    def quote(self, text: str) -> str:
        """Return words of somebody else between this language's quotation marks."""
        return f"{self._texts['form.quote_open']}{text}{self._texts['form.quote_close']}"


#: The language of a country, where papers have it. Belgium and Switzerland have several: the nearest by our choice.
_OF_COUNTRY = {
    "AT": Language.GERMAN,
    "BE": Language.DUTCH,
    "CH": Language.GERMAN,
    "DE": Language.GERMAN,
    "LI": Language.GERMAN,
    "NL": Language.DUTCH,
    "NO": Language.NORWEGIAN_BOKMAL,
    "SE": Language.SWEDISH,
}


def language_for(asked: Language | None, client: Language | None, country: str, firm: Language | None) -> Language:
    """Choose a paper's language: what was asked for, the client's own, its country's, the firm's, English."""
    return asked or client or _OF_COUNTRY.get(country) or firm or Language.ENGLISH
