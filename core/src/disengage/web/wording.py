"""The words of the pages in one language: messages, dates, moments, numbers."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

#: In the order in which they are offered, each by its own name.
LANGUAGES = {"en": "English", "de": "Deutsch", "nl": "Nederlands", "nb": "Norsk", "sv": "Svenska"}
SOURCE = "en"
#: Whose dates and numbers a language writes, where its name alone would mean another country's.
_LOCALES = {"en": "en_GB"}
#: So many dates and moments are kept as they are written.
_KEPT = 4_096


class Wording:
    """The words of one language.

    Args:
        language: One of ``LANGUAGES``.
        time_zone: In which moments are shown.
    """

    def __init__(self, language: str, time_zone: str = "UTC") -> None:
        self.language, self._zone = language, ZoneInfo(time_zone)
        self._locale = Locale.parse(_LOCALES.get(language, language))
        self._messages = catalogue("disengage.web", language)
        self._written = lru_cache(_KEPT)(self._write)

    def gettext(self, message: str) -> str:
        """Return a message in this language; in English where it is not translated."""
        return self._messages.get(message, (message,))[0] or message

    def say(self, message: str, /, **values: object) -> str:
        """Return a message in this language, its ``%(name)s`` filled in."""
        text = self.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return a message in the singular or the plural; every language here has these two."""
        forms = self._messages.get(one, (one, many))
        return (forms[0] if number == 1 else forms[-1]) or (one if number == 1 else many)

    def day(self, day: date) -> str:
        """Return a date as it is written here."""
        return self._written(date(day.year, day.month, day.day))

    def moment(self, moment: datetime) -> str:
        """Return a moment in the firm's time zone."""
        return self._written(moment.astimezone(self._zone).replace(second=0, microsecond=0))

    def _write(self, when: date) -> str:
        """Return a date, or a moment to the minute; a page shows few different ones, each of them often."""
        if isinstance(when, datetime):
            return format_datetime(when, format="short", locale=self._locale)
        return format_date(when, format="medium", locale=self._locale)

    def number(self, number: float) -> str:
        """Return a number as it is written here."""
        return format_decimal(number, locale=self._locale)


@cache
def catalogue(package: str, language: str) -> dict[str, tuple[str, ...]]:
    """Return the messages of a package with their forms in one language; none where it has no such file."""
    source = files(package) / "words" / f"{language}.po"
    if not source.is_file():
        return {}
    with source.open("rb") as file:
        found = read_po(file, locale=language)
    return {
        (message.id[0] if isinstance(message.id, tuple) else str(message.id)): (
            tuple(message.string) if isinstance(message.string, tuple | list) else (str(message.string),)
        )
        for message in found
        if message.id and not message.fuzzy
    }


def preferred(accepted: str) -> str:
    """Return the first of our languages that a browser's ``Accept-Language`` names; Norwegian by any of its names."""
    for part in accepted.split(","):
        asked = part.partition(";")[0].strip().lower().partition("-")[0]
        language = "nb" if asked in ("no", "nn") else asked
        if language in LANGUAGES:
            return language
    return SOURCE
