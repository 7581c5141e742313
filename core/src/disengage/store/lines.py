"""Cases as lines of a list, fifty at a time however many there are, and what was asked of all of them.

Of a case only what stands in clear is read, and its request; nothing else is unsealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, exists, func, select

from disengage.domain.case import TaskState
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.request import Request
from disengage.domain.verbs import Mode
from disengage.store.tables import cases, events, links, steps, tasks

#: So many requests are in memory at a time while all are read.
_BATCH = 2_000
#: What is recorded when the request of a case may have become another one.
_PLANNED = "planned"


class Standing(NamedTuple):
    """How many steps of one connection stand alike.

    Attributes:
        due: The first date among them.
    """

    connection: str
    mode: Mode
    state: StepState
    waits_for: WaitsFor | None
    due: date | None
    number: int


class Line(NamedTuple):
    """One case as it is listed.

    Attributes:
        number: Cases are numbered in the order in which they were opened.
        connections: In the plan's order; those of cases without steps too.
        steps: In the plan's order.
        open_tasks: How many tasks a person can work on.
    """

    number: int
    id: str
    state: CaseState
    request: Request
    connections: tuple[str, ...]
    steps: tuple[Standing, ...]
    open_tasks: int


class Asked(NamedTuple):
    """For which client a case is: what it is found by.

    Attributes:
        numbers: Its identifiers, and what connections call it.
    """

    number: int
    id: str
    name: str
    numbers: tuple[str, ...]


def chosen(
    connection: Connection,
    states: Iterable[CaseState],
    on: str = "",
    past: int | None = None,
    most: int = 50,
    *,
    oldest_first: bool = False,
) -> list[str]:
    """Return the ids of cases in these states, state by state: so the index that has both is enough.

    Args:
        connection: The transaction.
        states: Any of them.
        on: Only cases that concern this connection.
        past: Only cases that come after the one of this number, in the order asked for.
        most: So many at most.
        oldest_first: The other way round than usual.
    """
    order = cases.c.number if oldest_first else cases.c.number.desc()
    found: list[tuple[int, str]] = []
    for state in states:
        query = select(cases.c.number, cases.c.id).where(cases.c.state == str(state)).order_by(order).limit(most)
        if past is not None:
            query = query.where(cases.c.number > past if oldest_first else cases.c.number < past)
        if on:
            query = query.where(exists().where(links.c.case_id == cases.c.id, links.c.connection == on))
        found += [(row.number, row.id) for row in connection.execute(query)]
    return [case_id for _, case_id in sorted(found, reverse=not oldest_first)[:most]]


def counts(connection: Connection) -> dict[CaseState, int]:
    """Return how many cases are in each state; none of a state that no case is in."""
    query = select(cases.c.state, func.count()).group_by(cases.c.state)
    return {CaseState(row[0]): int(row[1]) for row in connection.execute(query)}


def read(connection: Connection, ids: Sequence[str]) -> list[Line]:
    """Return these cases, in this order, with four statements."""
    query = select(cases.c.number, cases.c.id, cases.c.state, cases.c.request).where(cases.c.id.in_(ids))
    rows = {row.id: row for row in connection.execute(query)}
    named, standings, waiting = (part(connection, ids) for part in (_connections, _standings, _open_tasks))
    return [
        Line(
            number=rows[case_id].number,
            id=case_id,
            state=CaseState(rows[case_id].state),
            request=Request.model_validate(rows[case_id].request),
            connections=tuple(dict.fromkeys(named[case_id])),
            steps=tuple(standings[case_id]),
            open_tasks=sum(waiting[case_id]),
        )
        for case_id in ids
        if case_id in rows
    ]


def _connections(connection: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    query = select(links.c.case_id, links.c.connection).where(links.c.case_id.in_(ids))
    return _by_case(connection, query.order_by(links.c.case_id, links.c.position), lambda row: row.connection)


def _standings(connection: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    alike = (steps.c.case_id, steps.c.connection, steps.c.mode, steps.c.state, steps.c.waits_for)
    query = select(*alike, func.min(steps.c.due), func.count()).where(steps.c.case_id.in_(ids)).group_by(*alike)
    query = query.order_by(steps.c.case_id, func.min(steps.c.position))
    return _by_case(connection, query, _standing)


def _standing(row: Any) -> Standing:
    waits_for = WaitsFor(row.waits_for) if row.waits_for else None
    return Standing(row.connection, Mode(row.mode), StepState(row.state), waits_for, row[5], int(row[6]))


def _open_tasks(connection: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    mine = tasks.c.case_id.in_(ids), tasks.c.state == str(TaskState.OPEN)
    query = select(tasks.c.case_id, func.count()).where(*mine).group_by(tasks.c.case_id)
    return _by_case(connection, query, lambda row: int(row[1]))


def _by_case(connection: Connection, query: Select[Any], made: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.case_id].append(made(row))
    return found


# --- for searching


def asked(connection: Connection, after: int) -> list[Asked]:
    """Return for whom the next cases are, oldest first, after the one of this number."""
    query = select(cases.c.number, cases.c.id, cases.c.request).where(cases.c.number > after)
    return [_asked(row) for row in connection.execute(query.order_by(cases.c.number).limit(_BATCH))]


def asked_again(connection: Connection, after: int) -> list[Asked]:
    """Return for whom the cases are that were planned, perhaps anew, after the event of this number."""
    again = select(events.c.case_id).where(events.c.seq > after, events.c.kind == _PLANNED)
    query = select(cases.c.number, cases.c.id, cases.c.request).where(cases.c.id.in_(again))
    return [_asked(row) for row in connection.execute(query)]


def _asked(row: Any) -> Asked:
    client: dict[str, Any] = row.request["client"]
    numbers = (*client.get("identifiers", {}).values(), *client.get("references", {}).values())
    return Asked(row.number, row.id, client["name"], tuple(map(str, numbers)))
