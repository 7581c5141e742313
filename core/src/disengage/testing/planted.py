"""What nobody may repeat: secrets, tokens, e-mail addresses and personal numbers, planted or seen in answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stdnum.be import nn
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from disengage.testing.messages import Call, Reply

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w.-])(?:\d{2})?\d{6}[-+ ]?\d{4,5}(?![\w-])")
_PERSONAL = (fodselsnummer.is_valid, personnummer.is_valid, nn.is_valid)
_SHORTEST, _SHORTEST_TOKEN = 4, 16
_LARGEST_ANSWER = 2**20


class Planted:
    """Texts that may be in no log line, error, receipt, finding or title.

    Args:
        texts: What is planted, by what it is.
        public: What looks like one of these and is none: the client's own identifiers.
    """

    def __init__(self, texts: Mapping[str, str], public: Iterable[str] = ()) -> None:
        self._public = frozenset(public)
        self.texts: dict[str, str] = {}
        for text, what in texts.items():
            self.plant(text, what)

    def plant(self, text: str, what: str) -> None:
        """Let nobody repeat ``text`` from now on."""
        if len(text) >= _SHORTEST and text not in self._public:
            self.texts.setdefault(text, what)

    def hear(self, call: Call, reply: Reply) -> None:
        """Plant every e-mail address, token and personal number of an answer."""
        content = reply.content()
        if reply.is_file or len(content) > _LARGEST_ANSWER:
            return
        self._harvest(content.decode("utf-8", "replace"))
        for token in _tokens(content):
            self.plant(token, "a token")
        self._harvest(call.body.decode("utf-8", "replace"), numbers=False)

    def _harvest(self, text: str, *, numbers: bool = True) -> None:
        for address in _EMAIL.findall(text):
            self.plant(address, "an e-mail address")
        for number in _NUMBER.findall(text) if numbers else ():
            if any(is_valid(number) for is_valid in _PERSONAL):
                self.plant(number, "a personal number")

    def found_in(self, where: str, text: str) -> Iterator[str]:
        """Yield a complaint for each planted text in ``text``."""
        folded = text.casefold()
        for planted, what in self.texts.items():
            if planted.casefold() in folded:
                yield f"{where} holds {what} ({planted!r})"


def _tokens(content: bytes) -> Iterator[str]:
    try:
        value = json.loads(content)
    except ValueError:
        return
    yield from _tokens_in(value)


def _tokens_in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _tokens_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and "token" in key.lower() and len(item) >= _SHORTEST_TOKEN:
                yield item
            else:
                yield from _tokens_in(item)
