"""Which cases the command ``cases`` lists."""

from __future__ import annotations

from collections.abc import Sequence

from disengage.domain.lifecycle import CaseState
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
