"""What a step does to the platform and to us, in one fixed list of words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Effect(StrEnum):
    """One effect of a step."""

    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"
    DESTROYS_DATA = "destroys-data"
    REMOVES_OUR_ACCESS = "removes-our-access"
    NOTIFIES_CLIENT = "notifies-client"
    COSTS_MONEY = "costs-money"
    IMMEDIATE = "immediate"
    DATED = "dated"


#: A step with one of these may not start before the gate opens.
GATED_EFFECTS = frozenset({Effect.IRREVERSIBLE, Effect.DESTROYS_DATA, Effect.REMOVES_OUR_ACCESS})


def need_the_gate(effects: Iterable[Effect]) -> bool:
    """Return whether any of ``effects`` removes access, destroys data or cannot be undone."""
    return not GATED_EFFECTS.isdisjoint(effects)
