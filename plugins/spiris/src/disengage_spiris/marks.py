"""What this connection remembers of its grants, sealed in the store: which there are, and which may be dead."""

from __future__ import annotations

import json
from typing import Literal

from disengage import Surroundings

_INDEX = "companies granted"

#: ``revoked``: written before we give a token back. ``ended``, ``payroll ended``: Spiris showed that a collaboration
#: had ended; nothing can be read of it any more once our grant is gone.
Why = Literal["revoked", "ended", "payroll ended"]
_ALL: tuple[Why, ...] = ("revoked", "ended", "payroll ended")
_DEADLY: tuple[Why, ...] = ("revoked", "ended")


class Marks:
    """The marks of one connection.

    Args:
        around: Whose store keeps them.
    """

    def __init__(self, around: Surroundings) -> None:
        self._tokens, self._now = around.tokens, around.now

    def put(self, why: Why, number: str) -> None:
        """Remember something of a company."""
        if not self.has(why, number):
            self._tokens.put(f"{why}:{number}", self._now().isoformat())

    def has(self, why: Why, number: str) -> bool:
        """Return whether this was remembered."""
        return bool(self._tokens.get(f"{why}:{number}"))

    def expects_death(self, number: str) -> bool:
        """Return whether a token that is not accepted is what has to be expected."""
        return any(self.has(why, number) for why in _DEADLY)

    def take_back(self, number: str, *reasons: Why) -> None:
        """Forget some of it, or all: the company lets us in (again)."""
        for why in reasons or _ALL:
            if self.has(why, number):
                self._tokens.put(f"{why}:{number}", "")

    def kept(self, number: str) -> bool:
        """Return whether a refresh token of the company is kept."""
        return bool(self._tokens.get(f"refresh:{number}"))

    def granted(self) -> list[str]:
        """Return the companies that were granted by ``authorise``."""
        return [str(number) for number in json.loads(self._tokens.get(_INDEX) or "[]")]

    def add_granted(self, number: str) -> None:
        """Remember that a company was granted."""
        known = self.granted()
        if number not in known:
            self._tokens.put(_INDEX, json.dumps([*known, number]))
