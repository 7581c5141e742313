"""Which cases the command ``cases`` lists, and their JSON, case by case, however many they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent

from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState
from disengage.engine.view import case_json
from disengage.errors import InputError
from disengage.store import Store
from disengage.store.listing import Listed

#: So many finished cases are shown where nothing is asked for.
FINISHED = 50


def listed(store: Store, states: Sequence[str], limit: int | None, *, every: bool) -> Listed:
    """Return what is listed: of the open cases all, of the finished ones those that were asked for.

    Raises:
        InputError: There is no such state, or both a limit and all were asked for.
    """
    if every and limit is not None:
        raise InputError("--all and --limit exclude each other.", remedy="Give one of them.")
    most = None if every else FINISHED if limit is None else limit
    return store.listing.choose([_state(word) for word in states] or CaseState, most)


def _state(word: str) -> CaseState:
    try:
        return CaseState(word)
    except ValueError:
        raise InputError(
            "--state is not the state of a case.", remedy=f"Write one of {', '.join(CaseState)}."
        ) from None


def as_json(found: Iterable[Case]) -> Iterator[str]:
    """Yield the text of one JSON document, a case at a time."""
    before = '{\n  "cases": ['
    empty = True
    for case in found:
        text = json.dumps(case_json(case), ensure_ascii=False, indent=2)
        yield f"{before}\n{indent(text, '    ')}"
        before, empty = ",", False
    yield before + "]\n}\n" if empty else "\n  ]\n}\n"
