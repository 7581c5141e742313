"""Ending is a difference between two states; this page computes it, for the whole product."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from disengage.domain.state import COMPARED, LinkState
from disengage.domain.values import Frozen


class Comparison(StrEnum):
    """What comparing observed with wanted says."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Difference(Frozen):
    """One thing that is not as wanted.

    Attributes:
        field: The field of ``LinkState``.
        key: Which entry of the field (a user's id), or empty.
        observed: What the platform shows, as JSON; None where it cannot tell.
        wanted: What it should show, as JSON.
        known: False where the platform cannot tell.
    """

    field: str
    key: str = ""
    observed: Any = None
    wanted: Any = None
    known: bool = True

    @property
    def target(self) -> tuple[str, str, str]:
        """What is to be reached, whatever stands there now: field, entry, wanted value."""
        return self.field, self.key, str(self.wanted)


def diff(observed: LinkState, wanted: LinkState, fields: Iterable[str] = COMPARED) -> tuple[Difference, ...]:
    """Return what is still to be done, entry by entry, in the order of ``fields``."""
    now, goal = _as_json(observed), _as_json(wanted)
    found: list[Difference] = []
    for field in fields:
        if goal[field] is None:
            continue
        if now[field] is None:
            found.append(Difference(field=field, wanted=goal[field], known=False))
        elif isinstance(goal[field], dict):
            found += _entries(field, now[field], goal[field])
        elif now[field] != goal[field]:
            found.append(Difference(field=field, observed=now[field], wanted=goal[field]))
    return tuple(found)


def _as_json(state: LinkState) -> dict[str, Any]:
    """Return the state as JSON types; what has no order of its own is sorted, as platforms list it in any order."""
    values = state.model_dump(mode="json")
    if values["extensions"] is not None:
        values["extensions"].sort()
    if values["firm_access"] is not None:
        values["firm_access"] = dict(sorted(values["firm_access"].items()))
    return values


def _entries(field: str, now: dict[str, Any], goal: dict[str, Any]) -> list[Difference]:
    """Compare entry by entry; an entry that is not there any more needs nothing."""
    return [
        Difference(field=field, key=key, observed=now[key], wanted=goal[key])
        for key in sorted(goal)
        if key in now and now[key] != goal[key]
    ]


def compare(observed: LinkState, wanted: LinkState, fields: Iterable[str]) -> Comparison:
    """Say whether ``fields`` are as wanted. No field to compare is unknown: nothing was proven."""
    asked = [field for field in fields if getattr(wanted, field) is not None]
    found = diff(observed, wanted, asked)
    if any(item.known for item in found):
        return Comparison.DIFFERENT
    if found or not asked:
        return Comparison.UNKNOWN
    return Comparison.SAME
