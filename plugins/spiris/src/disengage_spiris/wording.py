"""What the placeholders of the instructions are filled with, in Swedish and in English. Pure."""

from __future__ import annotations

from datetime import timedelta

from disengage import Instructions
from disengage.domain.request import Ending

from disengage_spiris import endings, mapping
from disengage_spiris.manual_ends import CHOICES
from disengage_spiris.mapping import BOOKKEEPING, NAMES
from disengage_spiris.settings import Choice, SpirisOptions

_NOT_CHOSEN = ("(inte valt)", "(not chosen)")


def words(scope: str | None, options: SpirisOptions, ending: Ending) -> dict[str, str]:
    """Return the words for one solution."""
    choice = options.solutions.chosen.get(scope or "")
    swedish, english = CHOICES[choice] if choice else _NOT_CHOSEN
    return {
        "solution": NAMES[scope or BOOKKEEPING],
        "choice": swedish,
        "choice_en": english,
        "effect": endings.in_words(scope, choice),
        "end_day": str(options.end_on or ending.ends_on + timedelta(days=1)),
        "lock_day": str(mapping.last_whole_month(ending.period.to)),
    }


def fitted(instructions: Instructions, choice: Choice | None) -> Instructions:
    """Return the same instructions, with what the request chose as the first answer."""
    if choice is None:
        return instructions
    bring = tuple(
        item.model_copy(update={"choices": tuple(sorted(item.choices, key=lambda c: c != choice))})
        if item.key == "choice"
        else item
        for item in instructions.bring
    )
    return instructions.model_copy(update={"bring": bring})
