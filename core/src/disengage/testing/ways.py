"""The ways in which an exchange can fail, each by a name that ``-k`` can choose."""

from __future__ import annotations

from dataclasses import dataclass

from disengage.testing.faults import Fault


@dataclass(frozen=True)
class Way:
    """One way to fail.

    Attributes:
        name: What it is called.
        kind: The simulator's word for it (``faults.KINDS``); empty where it happens before or after the simulator.
        value: As in ``Fault``.
        unclear: A call that was to change something may have done so.
        spoils: The answer is changed, which is possible with JSON only.
    """

    name: str
    kind: str = ""
    value: float | None = None
    unclear: bool = False
    spoils: bool = False

    def fault(self, number: int) -> Fault:
        """Return the fault that strikes exchange ``number``, once."""
        return Fault(self.kind, value=self.value, times=1, at=number)


REFUSED = Way("connection refused")
TIMEOUT = Way("timeout", unclear=True)
#: What is inside an answer is of another type: an archive of answers as they come cannot tell.
INSIDE = Way("wrong type inside", "wrongtype", value=1, spoils=True)
EXPIRED = Way("token expired", "expired")

WAYS: tuple[Way, ...] = (
    REFUSED,
    Way("reset before", "reset", unclear=True),
    Way("reset after", "lost", unclear=True),
    TIMEOUT,
    Way("401", "401"),
    EXPIRED,
    Way("403", "403"),
    Way("404", "404"),
    Way("409", "409"),
    Way("429", "429"),
    Way("429 retry-after", "429", value=3600),
    Way("500", "500", unclear=True),
    Way("503", "503"),
    Way("truncated", "truncated", unclear=True),
    Way("malformed", "malformed", unclear=True, spoils=True),
    Way("oversized", "oversized", value=2 * 2**20, unclear=True, spoils=True),
    Way("wrong type", "wrongtype", spoils=True),
    INSIDE,
    Way("redirect", "redirect"),
)
