"""Every language says everything, and writes days and numbers as it does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from disengage.domain.effects import Effect
from disengage.domain.lifecycle import WaitsFor
from disengage.domain.request import Language, Reason
from disengage.domain.rules import DocumentClass
from disengage.domain.verbs import Verb
from disengage.papers.characters import lacking
from disengage.papers.sheets import Mark, Standing
from disengage.papers.words import Words, catalogue, language_for
from disengage.registry import Registry

PLACEHOLDER = re.compile(r"\{\w*\}")


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_texts_with_the_same_placeholders(language: Language) -> None:
    english, other = catalogue(Language.ENGLISH), catalogue(language)
    assert other.keys() == english.keys()
    wrong = [key for key in english if set(PLACEHOLDER.findall(other[key])) != set(PLACEHOLDER.findall(english[key]))]
    assert wrong == []


@pytest.mark.parametrize("language", sorted(set(Language) - {Language.ENGLISH}))
def test_a_language_is_not_left_in_english(language: Language) -> None:
    english, other = catalogue(Language.ENGLISH), catalogue(language)
    longer = [key for key, text in english.items() if len(text) > 25]
    assert [key for key in longer if other[key] == english[key]] == []


@pytest.mark.parametrize("language", Language)
def test_every_word_of_the_domain_has_a_word(language: Language) -> None:
    words = catalogue(language)
    tables = {
        "verb": Verb,
        "effect": Effect,
        "waits": WaitsFor,
        "reason": Reason,
        "mark": Mark,
        "state": Standing,
        "class": DocumentClass,
    }
    assert [
        f"{table}.{word}" for table, kind in tables.items() for word in kind if f"{table}.{word}" not in words
    ] == []


@pytest.mark.parametrize("language", Language)
def test_every_part_that_an_installed_connector_knows_has_a_word(language: Language) -> None:
    words = catalogue(language)
    parts = {verb.part for kind in Registry().types.values() for verb in kind.connector.manifest.verbs if verb.part}
    assert [part for part in parts if f"part.{part}" not in words] == []


@pytest.mark.parametrize("language", Language)
def test_the_typeface_has_every_letter_of_every_language(language: Language) -> None:
    assert lacking("".join(catalogue(language).values())) == frozenset()


@pytest.mark.parametrize(
    ("language", "day", "number"),
    [
        ("en", "31 December 2026", "1,204,311"),
        ("de", "31. Dezember 2026", "1.204.311"),
        ("nl", "31 december 2026", "1.204.311"),
        ("nb", "31. desember 2026", "1\u00a0204\u00a0311"),
        ("sv", "31 december 2026", "1\u00a0204\u00a0311"),
    ],
)
def test_days_and_numbers_are_written_as_the_language_does(language: str, day: str, number: str) -> None:
    words = Words(Language(language), "Europe/Oslo")
    assert (words.day(date(2026, 12, 31)), words.number(1_204_311)) == (day, number)


def test_a_moment_is_the_firms_and_not_the_machines() -> None:
    words = Words(Language.ENGLISH, "Europe/Oslo")
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert (words.moment(late), words.today(late)) == ("2027-01-01 00:30", date(2027, 1, 1))


def test_what_is_put_into_a_text_is_escaped() -> None:
    said = Words(Language.ENGLISH, "UTC").text("letter.successor", successor="<b>Ny & Co</b>")
    assert said == "After that, &lt;b&gt;Ny &amp; Co&lt;/b&gt; looks after you."


EN, DE, NL, NB, SV = Language.ENGLISH, Language.GERMAN, Language.DUTCH, Language.NORWEGIAN_BOKMAL, Language.SWEDISH


@pytest.mark.parametrize(
    ("asked", "client", "country", "firm", "chosen"),
    [
        (EN, DE, "NL", SV, EN),
        (None, DE, "NL", SV, DE),
        (None, None, "NL", SV, NL),
        (None, None, "BE", SV, NL),
        (None, None, "AT", None, DE),
        (None, None, "NO", None, NB),
        (None, None, "SE", None, SV),
        (None, None, "FR", SV, SV),
        (None, None, "FR", None, EN),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_clients_its_countrys_the_firms(
    asked: Language | None, client: Language | None, country: str, firm: Language | None, chosen: Language
) -> None:
    assert language_for(asked, client, country, firm) is chosen
