"""What a check writes down while it reads: the first hundred faults, and how many more there were."""

from __future__ import annotations

from disengage.domain.checks import MOST_LISTED, Check, Fault, Verdict


class Faults:
    """The faults of one check of one file.

    Args:
        name: What is checked, a stable word.
        subject: The file's name in the bag.
    """

    def __init__(self, name: str, subject: str) -> None:
        self.name, self.subject = name, subject
        self._listed: list[Fault] = []
        self._more = 0

    def __len__(self) -> int:
        """Return how many faults there are, listed or not."""
        return len(self._listed) + self._more

    def add(self, code: str, where: str, message: str) -> None:
        """Write down one fault; ``message`` holds no personal data."""
        if len(self._listed) < MOST_LISTED:
            self._listed.append(Fault(code=code, where=where, message=message))
        else:
            self._more += 1

    def check(self, compared: str = "") -> Check:
        """Return the check: wrong where there is any fault, else sound by what was ``compared``."""
        verdict = Verdict.WRONG if self._listed else Verdict.SOUND
        return Check(
            name=self.name,
            subject=self.subject,
            verdict=verdict,
            faults=tuple(self._listed),
            more=self._more,
            reason="" if self._listed else compared,
        )
