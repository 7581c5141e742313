"""What a check of the kept history says: sound, wrong, or not checked; the three are never shown one for another."""

from __future__ import annotations

from enum import StrEnum

from disengage.domain.values import Frozen


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
