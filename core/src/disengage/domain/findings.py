"""What the checks found."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from disengage.domain.values import Frozen


class Severity(StrEnum):
    """How much a finding holds back."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTICE = "notice"


def _is_nobody(value: str) -> bool:
    return not value


class Finding(Frozen):
    """One thing that the checks found, with its remedy.

    Attributes:
        code: A stable word for programs, ``snake_case``.
        severity: A blocker keeps the case from running.
        message: What was found; no personal data.
        remedy: What to do about it.
        connection: The connection it concerns, or None for the whole case.
        source: URL of the rule, where there is one.
        accepted_by: Who accepted it in writing; empty: nobody did.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    connection: str | None = None
    source: str | None = None
    accepted_by: str = Field(default="", exclude_if=_is_nobody)
