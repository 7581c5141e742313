"""Find cases by the client's name or number.

What a client is called is sealed in the database, so it is searched in memory: read once, and brought up to date before
every search by what was opened or planned since. Nothing of it is ever written down or logged.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator

from disengage.domain.values import Frozen
from disengage.errors import InputError
from disengage.store import Store
from disengage.store.lines import Asked

#: Fewer characters would find nearly everything; more are no name.
LEAST, MOST = 2, 200
#: So many are found at a time.
PAGE = 50
#: Letters that Unicode does not take apart, as those write them who lack the keys.
_SPELT = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})


class Found(Frozen):
    """What a search found.

    Attributes:
        ids: The cases, newest first.
        past: The number of the last of them, where there are more; None: there are none.
    """

    ids: tuple[str, ...]
    past: int | None = None


class Finder:
    """What every case is found by, in memory; safe to share by threads.

    Args:
        store: Where the cases are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        #: Case number → (id, name, numbers), folded.
        self._known: dict[int, tuple[str, str, str]] = {}
        self._newest = self._event = 0

    def find(self, words: str, past: int | None = None, most: int = PAGE) -> Found:
        """Return the cases whose client has all of these words in its name, or this number among its numbers.

        Args:
            words: Parts of a name in any order, or (a part of) a number however it is written; or a case's id.
            past: Go on behind the case of this number.
            most: So many at most.

        Raises:
            InputError: The words are too few, or too many.
        """
        name, number = _asked_for(words)
        with self._guard:
            self._bring_up_to_date()
            hits = [found for found in self._hits(name, number) if past is None or found[0] < past]
        hits = sorted(hits, reverse=True)[: most + 1]
        ids = tuple(case_id for _, case_id in hits[:most])
        return Found(ids=ids, past=hits[most - 1][0] if len(hits) > most else None)

    def _hits(self, name: list[str], number: str) -> Iterator[tuple[int, str]]:
        for key, (case_id, text, numbers) in self._known.items():
            if number in numbers or all(word in text for word in name):
                yield key, case_id

    def _bring_up_to_date(self) -> None:
        """Read what is new. Where the log ends is asked first: what happens meanwhile is read again next time."""
        event = self._store.last_event()
        if self._event and event != self._event:
            self._learn(*self._store.listing.asked_again(self._event))
        for asked in self._store.listing.asked(self._newest):
            self._learn(asked)
            self._newest = asked.number
        self._event = event

    def _learn(self, *asked: Asked) -> None:
        for one in asked:
            numbers = "\n".join((*map(compact, one.numbers), compact(one.id)))
            self._known[one.number] = (one.id, fold(one.name), numbers)


def _asked_for(words: str) -> tuple[list[str], str]:
    name, number = fold(words).split(), compact(words)
    if len(number) < LEAST or len(words) > MOST:
        raise InputError(
            f"A search takes {LEAST} to {MOST} letters or digits.", remedy="Write a part of a name or of a number."
        )
    return name, number


def fold(text: str) -> str:
    """Return a text without capitals and accents, so that whoever lacks them finds it all the same."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_SPELT)


def compact(number: str) -> str:
    """Return a number without capitals, blanks, dots and dashes."""
    return "".join(letter for letter in fold(number) if letter.isalnum())
