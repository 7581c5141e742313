"""How a check of the copy is written down."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from disengage import Check, Fault, Verdict

#: So many faults of one check are listed; the others are counted.
_LISTED = 100


def judged(name: str, subject: str, faults: Iterable[Fault], compared: str = "") -> Check:
    """Return a check: wrong where there is any of ``faults``, else sound by what was ``compared``."""
    found = iter(faults)
    listed = tuple(islice(found, _LISTED))
    if not listed:
        return Check(name=name, subject=subject, verdict=Verdict.SOUND, reason=compared)
    return Check(name=name, subject=subject, verdict=Verdict.WRONG, faults=listed, more=sum(1 for _ in found))


def not_checked(name: str, subject: str, reason: str) -> Check:
    """Return a check that could not be made."""
    return Check(name=name, subject=subject, verdict=Verdict.NOT_CHECKED, reason=reason)


def in_a_row(numbers: Iterable[object], most: int = 50) -> str:
    """Return the first of ``numbers`` in words, and how many more there are."""
    found = iter(numbers)
    listed = [str(number) for number in islice(found, most)]
    more = sum(1 for _ in found)
    return ", ".join(listed) + (f" and {more} more" if more else "")
