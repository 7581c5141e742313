"""What proves a step, and how strongly."""

from __future__ import annotations

from enum import StrEnum

from disengage.domain.values import Frozen


class Proof(StrEnum):
    """How a finished step is known to be done; never shown one for another."""

    VERIFIED = "verified"
    RECEIPT = "receipt"
    STATED = "stated"


class EvidenceFile(Frozen):
    """One file that was brought or kept.

    Attributes:
        name: The file's own name.
        sha256: Hexadecimal digest of its content.
        size: Bytes.
    """

    name: str
    sha256: str
    size: int
