"""Every message of the pages is there in every language, and says the same things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType

import pytest
from disengage.web.wording import LANGUAGES, SOURCE, Wording, preferred

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_of_a_page_is_translated(words: ModuleType, language: str) -> None:
    assert len(words.said(words.PAGES)) > 100
    assert words.missing(words.PAGES, language) == [], "run `make words` and translate what is empty"


def test_every_file_of_words_is_as_the_tool_writes_it(words: ModuleType) -> None:
    stale = [words.path(*one) for one in words.catalogues() if words.path(*one).read_bytes() != words.text(*one)]
    assert stale == [], "run `make words`"


def test_a_translation_takes_the_same_values(words: ModuleType) -> None:
    differing = [
        (message.id, message.string)
        for language in TRANSLATED
        for message in words.read(words.PAGES, language)
        if placeholders(message.id) != placeholders(message.string)
    ]
    assert differing == []


def placeholders(message: str | Sequence[str]) -> set[str]:
    texts = [message] if isinstance(message, str) else message
    return {found for text in texts for found in _PLACEHOLDER.findall(text)}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("nn-NO,nn;q=0.9,en;q=0.8", "nb"),
        ("no", "nb"),
        ("de-AT,de;q=0.9", "de"),
        ("fr,nl;q=0.5", "nl"),
        ("fr", "en"),
        ("", "en"),
        (";;;,", "en"),
    ],
)
def test_a_browser_gets_the_first_language_it_asks_for_that_there_is(asked: str, given: str) -> None:
    assert preferred(asked) == given


def test_what_is_not_translated_is_shown_in_english() -> None:
    assert Wording("de").gettext("Nobody ever said this.") == "Nobody ever said this."
