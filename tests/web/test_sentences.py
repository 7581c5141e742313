"""What the engine and the connectors say is told in the reader's language, and never in the words of a command line."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from disengage.web.rendering import Pages
from disengage.web.sentences import Sentences
from disengage.web.wording import LANGUAGES, SOURCE

PACKAGES = [path.name for path in Path(__file__).parents[2].glob("plugins/*/src/disengage_*")]
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
_HOLE = re.compile(r"\{(\d+)\}")
_ENDING = re.compile(r"[a-z]\{(\d+)\}")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages("Europe/Oslo", PACKAGES)


def test_every_sentence_that_names_a_command_is_said_in_other_words_on_a_page(words: ModuleType) -> None:
    assert [sentence for folder in words.HOUSES for sentence in words.missing(folder, SOURCE)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nearly_every_sentence_is_told_in_every_language(words: ModuleType, language: str) -> None:
    said = sum(len(words.said(folder)) for folder in words.HOUSES)
    missing = [sentence for folder in words.HOUSES for sentence in words.missing(folder, language)]
    assert len(missing) < said / 50, missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_stands_in_its_holes_a_sentence_is_told_as_it_is_listed(
    words: ModuleType, pages: Pages, language: str
) -> None:
    """Two sentences that a text could both be would be told wrongly."""
    listed: dict[str, set[str]] = {}
    for folder in words.HOUSES:
        for sentence, translation in words.merged(folder, language):
            listed.setdefault(sentence, set()).add(_filled(translation or sentence, sentence))
    told = {sentence: pages.sentences[language].retell(_filled(sentence)) for sentence in listed}
    assert [(sentence, text) for sentence, text in told.items() if text not in listed[sentence]] == []


def _filled(sentence: str, by: str = "") -> str:
    """Return a sentence, or a translation of ``by``, with something in its holes; what follows a value is set apart."""
    behind_another = set(re.findall(r"\}\{(\d+)", by or sentence))
    return _HOLE.sub(lambda hole: f" (<{hole[1]}>)" if hole[1] in behind_another else f"<{hole[1]}>", sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_told_with_all_its_values_and_no_others(words: ModuleType, language: str) -> None:
    wrong = []
    for folder in words.HOUSES:
        english = {message.id: message.string or message.id for message in words.read(folder, SOURCE)}
        for sentence, listed in words.merged(folder, language):
            values = set(_HOLE.findall(english[sentence]))
            endings = set(_ENDING.findall(english[sentence]))  # of an English plural
            if listed and not values - endings <= set(_HOLE.findall(listed)) <= values:
                wrong.append((sentence, listed))
    assert wrong == []


def test_a_step_and_a_state_are_named_as_pages_name_them(pages: Pages) -> None:
    said = "go.payroll.sever_link is done; it cannot be skipped."
    assert pages.sentences["en"].retell(said) == "“Sever the link” on go is done; it cannot be skipped."
    told = pages.sentences["de"].retell(said)
    assert "go.payroll.sever_link" not in told
    assert "erledigt" in told


def test_what_is_made_of_several_sentences_is_told_piece_by_piece(pages: Pages) -> None:
    german = pages.sentences["de"]
    said = "There is no case x. Did you mean 'y'?"
    pieces = [german.retell(one) for one in ("There is no case x.", "Did you mean 'y'?")]
    assert german.retell(said) == " ".join(pieces)
    assert german.retell("spiris: the platform shows it") == f"spiris: {german.retell('the platform shows it')}"


def test_what_nobody_listed_is_shown_as_english_and_escaped(pages: Pages) -> None:
    assert pages.sentences["de"].shown("Frobnicate <this> now") == '<span lang="en">Frobnicate &lt;this&gt; now</span>'
    assert pages.sentences["en"].shown("Frobnicate <this> now") == "Frobnicate &lt;this&gt; now"


def test_a_package_without_words_of_its_own_is_as_good(pages: Pages) -> None:
    assert Sentences(pages.wordings["de"], ["json"]).retell("the platform shows it") == "the platform shows it"


def test_a_long_text_that_is_nearly_a_sentence_is_given_up_at_once(words: ModuleType, pages: Pages) -> None:
    """Platforms and people write what they like: a text is gone through once for a sentence, whatever stands in it."""
    said = [sentence for folder in words.HOUSES for sentence in words.said(folder)]
    nearly = _HOLE.split(max(said, key=lambda sentence: len(_HOLE.findall(sentence))))[::2][:-1]
    assert len(nearly) > 4
    assert pages.sentences["de"].retell("".join(part * 2_000 for part in nearly))
