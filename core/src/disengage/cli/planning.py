"""Plan requests from files: the command ``plan`` and the daemon's inbox do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from disengage.cli.ending import Exit, worst
from disengage.domain.case import Case
from disengage.engine.planning import plan
from disengage.engine.survey import check_names
from disengage.engine.workplace import Workplace
from disengage.errors import InputError
from disengage.requests import Found

T = TypeVar("T")


def plan_all(workplace: Workplace, requests: Sequence[Found]) -> list[Case]:
    """Return the cases of all requests, planned; where one names what does not exist, none is.

    Raises:
        DisengageError: One cannot be planned; an ``InputError`` names its file (and line).
    """
    for where, request in requests:
        _located(where, lambda request=request: check_names(workplace, request))  # type: ignore[misc]
    return [_located(where, lambda request=request: plan(workplace, request)) for where, request in requests]  # type: ignore[misc]


def code_after_plan(cases: Iterable[Case]) -> int:
    """Return what ``plan`` ends with."""
    return worst(Exit.BLOCKED if case.blockers and not case.over else Exit.DONE for case in cases)


def _located(where: str, call: Callable[[], T]) -> T:
    """Name the file (and line) of the request in a complaint about it."""
    try:
        return call()
    except InputError as error:
        message = error.message.removeprefix("The request: ")
        raise InputError(f"{where}: {message}", remedy=error.remedy) from None
