"""What the engine and the connectors say, in the reader's language and without the words of a command line.

They say it in English, in whole sentences. A sentence is known by its words: ``words/LANGUAGE.po`` of a package lists
what its code says, with ``{0}``, ``{1}`` … where values stand, and in which words a page says it. What no list has, a
plugin of somebody else's for instance, is shown as it was said and marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from disengage.domain.verbs import Verb
from disengage.web.vocabulary import STATES, VERB
from disengage.web.wording import SOURCE, catalogue

if TYPE_CHECKING:
    from disengage.web.wording import Wording

#: The packages whose sentences are known besides those of the plugins.
OURS = ("disengage",)
#: So many are kept: a page of a large case says the same things again and again.
_KEPT = 4_096
_HOLE = re.compile(r"\{(\d+)\}")
#: Where a text that is no sentence of ours may be made of several.
_SEAMS = tuple(map(re.compile, (r"(\n+)", r"(?<=[.!?])( )(?=\S)", r"(; )", r"(: )", r"( \()")))
#: An id of a step: ``connection.verb``, with the link between them and the part behind.
_STEP = re.compile(rf"([\w-]+)(?:\.[\w-]+)*?\.({'|'.join(VERB)})(?:\.[\w-]+)?")
#: How long something is kept: ``7 years``, ``3 years and 6 months``.
_LASTING = re.compile(r"(?:(\d+) years?)?(?: and )?(?:(\d+) months?)?")
_QUOTED = {"en": "“{}”", "de": "„{}“", "nl": "„{}”", "nb": "«{}»", "sv": "”{}”"}


@dataclass(frozen=True)
class _Sentence:
    """A sentence with holes, and how a page says it.

    Attributes:
        pattern: Matches the sentence with anything in its holes.
        anchor: The longest of its own words in a row: a text without them is not this sentence.
        words: How a page says it, with the same holes.
        length: Of its own words: of two sentences that a text could be, it is the one that leaves less to the holes.
    """

    pattern: re.Pattern[str]
    anchor: str
    words: str
    length: int


class Sentences:
    """The sentences of some packages in one language.

    Args:
        wording: The language.
        packages: Names of packages that have a folder ``words``; one that has none is as good.
    """

    def __init__(self, wording: Wording, packages: Sequence[str]) -> None:
        self._wording = wording
        listed = [catalogue(name, wording.language) for name in packages]
        known = {text: text for one in listed for text in one}
        known |= {text: words[0] for one in reversed(listed) for text, words in one.items() if words[0]}
        self._whole = {text: words for text, words in known.items() if not _HOLE.search(text)}
        self._holed = sorted(_holed(known), key=lambda one: one.length, reverse=True)
        self.retell: Callable[[str], str] = lru_cache(_KEPT)(self._retell)

    def shown(self, text: str, *, english: bool = True) -> Markup:
        """Return a text as it stands on a page; what could not be retold is marked as ``english``, if it is."""
        told = self.retell(text)
        if english and told == text and self._wording.language != SOURCE:
            return Markup('<span lang="en">{}</span>').format(text)
        return escape(told)

    def _retell(self, text: str) -> str:
        """Return a text in the reader's language, as far as its sentences are known."""
        found = self._whole.get(text) or self._filled(text)
        if found is not None:
            return found
        for seam in _SEAMS:
            pieces = seam.split(text)  # every second one is what stood between two
            if len(pieces) > 1:
                told = [piece if number % 2 else self.retell(piece) for number, piece in enumerate(pieces)]
                if told != pieces:
                    return "".join(told)
        return text

    def _filled(self, text: str) -> str | None:
        for one in self._holed:
            match = one.anchor in text and one.pattern.fullmatch(text)
            if match:
                values = [self._value(value) for value in match.groups()]
                return _HOLE.sub(lambda hole, values=values: values[int(hole[1])], one.words)  # type: ignore[misc]
        return None

    def _value(self, value: str) -> str:
        """Return what stands in a hole: a step by its name, a word of the domain by its label, a text retold."""
        step = _STEP.fullmatch(value)
        if step:
            return self._wording.say("%(verb)s on %(connection)s", verb=self._verb(step[2]), connection=step[1])
        if value in VERB:
            return self._verb(value)
        if value in STATES:
            label = self._wording.say(STATES[value].label)
            return label[:1].lower() + label[1:]
        lasting = value and _LASTING.fullmatch(value)
        return self._lasting(*lasting.groups()) if lasting and any(lasting.groups()) else self.retell(value)

    def _lasting(self, years: str | None, months: str | None) -> str:
        """Return a number of years and months."""
        ngettext = self._wording.ngettext
        told = [ngettext("%(num)s year", "%(num)s years", int(years)) % {"num": years}] if years else []
        told += [ngettext("%(num)s month", "%(num)s months", int(months)) % {"num": months}] if months else []
        if len(told) == 1:
            return told[0]
        return self._wording.say("%(years)s and %(months)s", years=told[0], months=told[1])

    def _verb(self, verb: str) -> str:
        return _QUOTED[self._wording.language].format(self._wording.say(VERB[Verb(verb)].label))


def _holed(known: dict[str, str]) -> Iterator[_Sentence]:
    for text, words in known.items():
        parts = _HOLE.split(text)[::2]
        if len(parts) > 1:
            yield _Sentence(_pattern(parts), max(parts, key=len), words, sum(map(len, parts)))


def _pattern(parts: Sequence[str]) -> re.Pattern[str]:
    """Return what matches these words with anything between them; of two holes side by side, the first has one word.

    A hole ends where the words behind it stand for the first time, so that no text, however long, is tried twice.
    """
    first, *between, last = parts
    holes = (f"(?>(.*?){re.escape(part)})" if part else r"([^\s,;:(]*)" for part in between)
    return re.compile(f"{re.escape(first)}{''.join(holes)}(.*){re.escape(last)}", re.DOTALL)
