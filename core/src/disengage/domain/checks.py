"""What a check of the kept history says: sound, wrong, or not checked; the three are never shown one for another."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import islice

from disengage.domain.values import Frozen

#: So many faults of one check are listed; the others are counted.
MOST_LISTED = 100


class Verdict(StrEnum):
    """How a check ended."""

    SOUND = "sound"
    WRONG = "wrong"
    NOT_CHECKED = "not_checked"


class Fault(Frozen):
    """One thing that is wrong with a file of the history.

    Attributes:
        code: A stable word for programs, ``snake_case``.
        where: Line, element, voucher or account, in the words of the format: ``line 12``, ``voucher A 17``.
        message: What is wrong, in one sentence; no personal data.
    """

    code: str
    where: str
    message: str


class Check(Frozen):
    """One check of one file, or of several against each other.

    Attributes:
        name: What was checked, a stable word: ``sie4``, ``saft-no``, ``xaf``, ``zip``, ``pdf``, ``count``, …
        subject: The file's name in the bag, or the files' in words.
        verdict: How it ended.
        faults: What is wrong, at most the first hundred; empty unless the verdict is *wrong*.
        more: How many faults were found beyond those listed.
        reason: Why it was not checked, or what exactly was compared (``"412 vouchers balance"``).
    """

    name: str
    subject: str
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    more: int = 0
    reason: str = ""


def judged(name: str, subject: str, faults: Iterable[Fault], compared: str = "") -> Check:
    """Return a check: wrong where there is any of ``faults``, else sound by what was ``compared``."""
    found = iter(faults)
    listed = tuple(islice(found, MOST_LISTED))
    if not listed:
        return Check(name=name, subject=subject, verdict=Verdict.SOUND, reason=compared)
    return Check(name=name, subject=subject, verdict=Verdict.WRONG, faults=listed, more=sum(1 for _ in found))


def not_checked(name: str, subject: str, reason: str) -> Check:
    """Return a check that could not be made, with the reason."""
    return Check(name=name, subject=subject, verdict=Verdict.NOT_CHECKED, reason=reason)
