"""Marks: one word of the domain with its icon, its label and its explanation; drawn once and shown many times.

A page of a large case shows hundreds of them, and there are few different ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from disengage.web.statics import static
from disengage.web.vocabulary import labels

if TYPE_CHECKING:
    from disengage.web.wording import Wording

#: So many are kept; more than there are words, as plugins bring their own.
_KEPT = 2_048
#: Groups of words, with how the names of their icons begin.
_ICONS = {
    "state": "state",
    "proof": "proof",
    "effect": "effect",
    "severity": "severity",
    "mode": "mode",
    "provenance": "provenance",
    "verdict": "verdict",
    "waits_for": "waits",
}

_NONE = Markup('<span class="none">\N{EN DASH}</span>')


def marks(wording: Wording) -> dict[str, Callable[..., Markup]]:
    """Return what draws marks in one language: ``icon``, ``mark``, ``verb``, ``day``, ``moment``, and one by group."""
    told = labels(wording)
    # "planned" of a case is not "planned" of a step, though they are equal: hence by type
    mark = lru_cache(_KEPT, typed=True)(partial(_mark, told["label"], told["explained"]))
    verb = lru_cache(_KEPT, typed=True)(partial(_verb, told["label"], told["explained"]))
    by_group = {group: partial(_of_group, mark, group, icon) for group, icon in _ICONS.items()}
    times = {"day": partial(_time, wording.day), "moment": partial(_time, wording.moment)}
    return {"icon": icon, "mark": mark, "verb": verb, **by_group, **times}


@lru_cache(_KEPT)
def icon(name: str) -> Markup:
    """Return an icon; it says nothing that the words beside it do not."""
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        static("icons.svg"), name
    )


def _mark(
    label: Callable[[str, str], str], explained: Callable[[str, str], str], group: str, word: str, icon_name: str = ""
) -> Markup:
    return Markup('<span class="mark {} is-{}" title="{}">{}<span>{}</span></span>').format(
        group.replace("_", "-"),
        word.replace("_", "-"),
        explained(group, word),
        icon(icon_name) if icon_name else "",
        label(group, word),
    )


def _of_group(mark: Callable[..., Markup], group: str, icon_name: str, word: str | None) -> Markup:
    return mark(group, word, f"{icon_name}-{word}") if word else Markup()


def _verb(label: Callable[[str, str], str], explained: Callable[[str, str], str], word: str, part: str = "") -> Markup:
    said = explained("verb", word), label("verb", word)
    more = Markup(' <span class="part">{}</span>').format(label("part", part)) if part else ""
    return Markup('<span class="verb" title="{}">{}{}</span>').format(*said, more)


def _time(written: Callable[[Any], str], when: date | datetime | None) -> Markup:
    if when is None:
        return _NONE
    return Markup('<time datetime="%s">%s</time>') % (when.isoformat(), written(when))
