"""Plan many requests as one: from files, from the watched folder, from a form. All are good, or none is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from disengage.connector import options_in
from disengage.domain.case import Case
from disengage.domain.complaints import sentence
from disengage.domain.request import Request
from disengage.engine.planning import plan
from disengage.engine.survey import check_names
from disengage.engine.turns import turn
from disengage.engine.workplace import Workplace
from disengage.errors import InputError
from disengage.requests import Entry, Found, request_in

T = TypeVar("T")
#: So many requests are planned at the same time: most of it is waiting for platforms.
AT_A_TIME = 8


def plan_all(workplace: Workplace, requests: Sequence[Found], by: str = "") -> list[Case]:
    """Return the cases of all requests, planned; where one names what does not exist, none is.

    Args:
        workplace: The workplace.
        requests: The requests, each with where it stands.
        by: Who asks; empty: nobody who is known by name.

    Raises:
        DisengageError: One cannot be planned; an ``InputError`` names its file (and line).
    """
    for where, request in requests:
        _located(where, partial(check_names, workplace, request))
    same_case: dict[str, list[tuple[int, Found]]] = {}
    for number, found in enumerate(requests):
        same_case.setdefault(workplace.store.case_id_for(found[1]), []).append((number, found))

    def plan_in_order(asked: Sequence[tuple[int, Found]]) -> list[tuple[int, Case]]:
        return [(number, _located(where, partial(_plan, workplace, request, by))) for number, (where, request) in asked]

    with ThreadPoolExecutor(AT_A_TIME) as pool:  # one that fails keeps those from being planned that wait for a turn
        planned = dict(chain.from_iterable(pool.map(plan_in_order, same_case.values())))
    return [planned[number] for number in range(len(requests))]


def _plan(workplace: Workplace, request: Request, by: str) -> Case:
    """Plan a request; who asks for the same at the same time waits, and is given the same case."""
    with turn(f"{workplace.store.url} {workplace.store.case_id_for(request)}"):
        return plan(workplace, request, by)


def _located(where: str, call: Callable[[], T]) -> T:
    """Name the file (and line) of the request in a complaint about it."""
    try:
        return call()
    except InputError as error:
        message = error.message.removeprefix("The request: ")
        raise InputError(f"{where}: {message}", remedy=error.remedy, fields=error.fields) from None


# --- before anything is planned


def known(workplace: Workplace, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of files, those refused whose connections or options nobody knows; nothing is planned."""
    return [_known(workplace, entry) for entry in entries]


def _known(workplace: Workplace, entry: Entry) -> Entry:
    if entry.request is None:
        return entry
    try:
        _located(entry.where, partial(check_names, workplace, entry.request))
    except InputError as error:
        return replace(entry, request=None, error=error)
    return entry


def checked(workplace: Workplace, tables: dict[str, Any]) -> Request:
    """Return the request that stands in ``tables``, as a file would hold them.

    Raises:
        InputError: Its ``fields`` name all that is wrong: in the request, and in every connection's options.
    """
    request, wrong = None, _wrong_options(workplace, tables.get("options"))
    try:
        request = request_in(tables, "The request")
    except InputError as error:
        wrong = {**(error.fields or {"": error.message.removeprefix("The request: ")}), **wrong}
    if request is None or wrong:
        said = "; ".join(f"'{field}' {why}" if field else why for field, why in wrong.items())
        raise InputError(sentence(f"The request: {said}"), remedy="Correct it; nothing was planned.", fields=wrong)
    check_names(workplace, request)
    return request


def _wrong_options(workplace: Workplace, given: Any) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name, connection in workplace.registry.connections.items():
        raw = given.get(name, {}) if isinstance(given, Mapping) else {}
        try:
            options_in(raw if isinstance(raw, Mapping) else {}, connection.options_model, name)
        except InputError as error:
            wrong |= error.fields
    return wrong


class Fate(StrEnum):
    """What becomes of a request when it is planned."""

    NEW = "new"
    SAME = "same"
    AGAIN = "again"
    REFUSED = "refused"


def fate(workplace: Workplace, request: Request) -> Fate:
    """Return what would become of a request now: a case, the one that it is already, or nothing.

    It is refused where its case is under way or over, and was asked for otherwise.
    """
    case = standing(workplace, request)
    if case is None:
        return Fate.NEW
    if case.request.digest == request.digest:
        return Fate.SAME
    return Fate.REFUSED if case.begun or case.cancelled else Fate.AGAIN


def standing(workplace: Workplace, request: Request) -> Case | None:
    """Return the case that this request is already, or would be planned again as; None: it is a new one."""
    case_id = workplace.store.case_id_for(request)
    return workplace.store.case(case_id) if workplace.store.has(case_id) else None
