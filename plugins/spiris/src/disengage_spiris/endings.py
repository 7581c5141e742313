"""What ending one solution does, and how sure that is. Pure.

The stored help page (https://support.spiris.se/byrastod/en-se/content/online-help/end-cooperation.htm, read 2026-11-22)
has lost its headings. One of its sentences, "All information in the solution will be deleted", has no certain owner;
so it is taken to be meant for every solution of which no page says otherwise, and people are warned and asked.
"""

from __future__ import annotations

from disengage import Effect

from disengage_spiris.mapping import BOOKKEEPING, PAYROLL, TRAVEL
from disengage_spiris.settings import Choice

_CUTS = (Effect.IRREVERSIBLE, Effect.REMOVES_OUR_ACCESS, Effect.IMMEDIATE)
_UNKNOWN = (
    "Whether data is deleted is not known for certain: the help page says of a solution that it does not name that all "
    "information in it is deleted. Take it that all information is deleted, and have the copy first."
)
_PAYROLL = (
    "The firm loses access, and all information in the solution may be deleted: the page's sentence stands before the "
    "one about Payroll's backup file (inferred). Have the backup file first."
)
_KNOWN = {
    (BOOKKEEPING, Choice.CONTINUE): "The customer goes on by itself, and the firm loses access. Nothing is deleted.",
    (BOOKKEEPING, Choice.CANCEL): (
        "The subscription ends completely: existing data stays readable, and nothing can be changed any more."
    ),
    (TRAVEL, Choice.CONTINUE): "The customer goes on by itself, and the firm loses access. Nothing is deleted.",
    (TRAVEL, Choice.CANCEL): "All data in Travel & Expenses is deleted.",
}


def is_known(scope: str | None, choice: Choice | None) -> bool:
    """Return whether a page says for certain what becomes of the data."""
    return (scope, choice) in _KNOWN or scope == BOOKKEEPING


def destroys(scope: str | None, choice: Choice | None) -> bool:
    """Return whether the data is deleted, or may be."""
    return not is_known(scope, choice) or (scope, choice) == (TRAVEL, Choice.CANCEL)


def effects(scope: str | None, choice: Choice | None) -> tuple[Effect, ...]:
    """Return the effects of ending the collaboration for one solution."""
    return (*_CUTS, Effect.DESTROYS_DATA) if destroys(scope, choice) else _CUTS


def in_words(scope: str | None, choice: Choice | None) -> str:
    """Return what happens, for the person who does it."""
    if scope == PAYROLL:
        return _PAYROLL
    known = {(s, c): words for (s, c), words in _KNOWN.items() if s == scope}
    return next((words for (_, c), words in known.items() if c is choice), _UNKNOWN)
