"""How a command ends: its exit code, and the one clear message when something is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from disengage.errors import (
    BlockedError,
    ConfigurationError,
    ConnectorError,
    DisengageError,
    InputError,
    LifecycleError,
    PluginError,
    StoreError,
    VaultError,
)

if TYPE_CHECKING:
    from disengage.domain.case import Case


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    OUR_FAULT = 1
    BAD_INPUT = 2
    BLOCKED = 3
    NOT_FINISHED = 4
    FAILED = 5
    DIFFERENT = 6


#: Where several fit, the first of these wins.
_PRECEDENCE = (1, 2, 6, 5, 3, 4, 0)

_CODES: tuple[tuple[type[DisengageError], Exit], ...] = (
    (BlockedError, Exit.BLOCKED),
    (ConfigurationError, Exit.BAD_INPUT),
    (InputError, Exit.BAD_INPUT),
    (LifecycleError, Exit.BAD_INPUT),
    (StoreError, Exit.BAD_INPUT),
    (VaultError, Exit.FAILED),
    (ConnectorError, Exit.FAILED),
    (PluginError, Exit.FAILED),
)


def worst(codes: Iterable[int]) -> int:
    """Return the code that wins."""
    return min(codes, key=_PRECEDENCE.index, default=0)


def code_of(error: DisengageError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.OUR_FAULT)


def code_after_run(case: Case) -> int:
    """Return what ``run`` ends with for one case."""
    from disengage.domain.lifecycle import STUCK, CaseState

    if any(step.state in STUCK for step in case.steps):
        return Exit.FAILED
    if case.state in (CaseState.CLOSED, CaseState.CANCELLED):
        return Exit.DONE
    if case.blockers or not case.approved:
        return Exit.BLOCKED
    return Exit.NOT_FINISHED


def complain(error: DisengageError, *, as_json: bool) -> int:
    """Print one clear message to stderr (and, where JSON was asked for, one document to stdout)."""
    kind = type(error).__name__
    sys.stderr.write(f"disengage: {error.message}\n")
    if error.remedy:
        sys.stderr.write(f"           {error.remedy}\n")
    if as_json:
        document = {"error": {"kind": kind, "message": error.message, "remedy": error.remedy}}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    return code_of(error)
