"""Observed and wanted side by side, in words that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from disengage.domain.state import COMPARED, NO_END, Holder, LinkState
from disengage.web.saying import N_
from disengage.web.vocabulary import said

if TYPE_CHECKING:
    from disengage.web.wording import Wording


class Standing(StrEnum):
    """How one thing stands between the two states."""

    SAME = "same"
    CHANGES = "changes"
    UNKNOWN = "unknown"
    UNASKED = "unasked"


@dataclass(frozen=True)
class Row:
    """One thing that a platform shows, and what it should show.

    Attributes:
        field: The field of ``LinkState``.
        key: Which entry of it (a user of the firm, as the platform calls it); empty for the whole.
        observed: What the platform shows; empty where it cannot tell.
        wanted: What it should show; empty where nobody wants anything of it.
    """

    field: str
    key: str
    observed: str
    wanted: str
    standing: Standing


Rows = Callable[[LinkState, LinkState], list[Row]]
#: Shown where the platform tells them, although nothing is ever wanted of them.
_SHOWN = (*COMPARED, "status")


def rows_in(wording: Wording) -> Rows:
    """Return what lists two states side by side in one language."""

    def rows(observed: LinkState, wanted: LinkState) -> list[Row]:
        return [row for field in _SHOWN for row in _of(field, observed, wanted, wording)]

    return rows


def _of(field: str, observed: LinkState, wanted: LinkState, wording: Wording) -> Iterator[Row]:
    now, goal = getattr(observed, field), getattr(wanted, field)
    if now is None and goal is None:
        return
    if isinstance(now, dict) and isinstance(goal, dict | None) and now:
        for key in sorted(now):
            if goal is None or key not in goal:
                yield Row(field, key, _day(now[key], wording), "", Standing.UNASKED)
            else:
                standing = Standing.SAME if now[key] == goal[key] else Standing.CHANGES
                yield Row(field, key, _day(now[key], wording), _day(goal[key], wording), standing)
        return
    yield Row(field, "", _text(now, wording), _text(goal, wording), _standing(now, goal))


def _standing(now: Any, goal: Any) -> Standing:
    if goal is None:
        return Standing.UNASKED
    if now is None:
        return Standing.UNKNOWN
    return Standing.SAME if now == goal else Standing.CHANGES


def _text(value: Any, wording: Wording) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return wording.gettext(N_("yes") if value else N_("no"))
    if isinstance(value, Holder):
        return wording.gettext(said("holder", value).label)
    if isinstance(value, date):
        return wording.gettext(N_("no end")) if value == NO_END else wording.day(value)
    if isinstance(value, dict):
        return ", ".join(sorted(value)) or wording.gettext(N_("nobody"))
    if isinstance(value, tuple):
        return ", ".join(sorted(value)) or wording.gettext(N_("none"))
    return str(value) or wording.gettext(N_("nobody else"))


def _day(day: date | None, wording: Wording) -> str:
    """Say until when a user of the firm has access."""
    if day is None or day == NO_END:
        return wording.gettext(N_("no end"))
    return wording.gettext(N_("until %(day)s")) % {"day": wording.day(day)}
