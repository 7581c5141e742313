"""What the command ``plan``, and a file in the daemon's inbox, end with."""

from __future__ import annotations

from collections.abc import Iterable

from disengage.cli.ending import Exit, worst
from disengage.domain.case import Case


def code_after_plan(cases: Iterable[Case]) -> int:
    """Return what ``plan`` ends with."""
    return worst(Exit.BLOCKED if case.blockers and not case.over else Exit.DONE for case in cases)
