"""What waits for people over all cases, without reading the cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from disengage.domain.case import Approval, Case, Task, TaskState
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState
from disengage.store.database import Database
from disengage.store.parts import CASE, PARTS
from disengage.store.tables import approvals, cases, findings, tasks

_TASKS = next(part for part in PARTS if part.model is Task)
_APPROVALS = next(part for part in PARTS if part.model is Approval)
_OPEN = tasks.c.state == str(TaskState.OPEN)
#: The states in which a plan may wait for approval: before it is begun, and after the platforms changed.
_UNAPPROVED = (str(CaseState.PLANNED), str(CaseState.ATTENTION))


class Agenda:
    """What waits for people; read, never written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_tasks(self, most: int | None = None, after: int = 0) -> list[tuple[str, Task]]:
        """Return open tasks with the id of their case, the most urgent first; those without a deadline last.

        Args:
            most: So many at most; None: all.
            after: So many of the most urgent ones are left out.
        """
        urgent = (tasks.c.due.is_(None), tasks.c.due, tasks.c.case_id, tasks.c.position)
        query = select(tasks).where(_OPEN).order_by(*urgent).limit(most).offset(after)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [(row["case_id"], Task.model_validate(_TASKS.fields(row))) for row in rows]

    def open_by_deadline(self) -> dict[date | None, int]:
        """Return how many tasks are open, by their deadlines."""
        query = select(tasks.c.due, func.count()).where(_OPEN).group_by(tasks.c.due)
        with self._database.reading() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query)}

    def clients(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the names of the clients of these cases, by the cases' ids."""
        query = select(cases.c.id, cases.c.request).where(cases.c.id.in_(ids))
        with self._database.reading() as connection:
            return {row.id: str(row.request["client"]["name"]) for row in connection.execute(query)}

    def cases_in(self, state: CaseState) -> list[str]:
        """Return the ids of the cases in one state, oldest first."""
        query = select(cases.c.id).where(cases.c.state == str(state)).order_by(cases.c.number)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def to_approve(self, most: int) -> list[Case]:
        """Return cases whose plan waits for nothing but approval, oldest first; with their approvals, and no steps."""
        query = select(cases).where(cases.c.state.in_(_UNAPPROVED), _lacks_approval(), ~_blocked())
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(cases.c.number).limit(most)).mappings().all()
            given = _approvals_of(connection, [row["id"] for row in rows])
        return [Case.model_validate({**CASE.fields(row), "approvals": given.get(row["id"], ())}) for row in rows]


def _blocked() -> ColumnElement[bool]:
    blocker = findings.c.severity == str(Severity.BLOCKER)
    return exists().where(findings.c.case_id == cases.c.id, blocker)


def _lacks_approval() -> ColumnElement[bool]:
    of_this_plan = and_(approvals.c.case_id == cases.c.id, approvals.c.plan_hash == cases.c.plan_hash)
    given = select(func.count()).select_from(approvals).where(of_this_plan).scalar_subquery()
    return or_(~cases.c.fresh, given < cases.c.needed)


def _approvals_of(connection: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    query = select(approvals).where(approvals.c.case_id.in_(ids)).order_by(approvals.c.case_id, approvals.c.position)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["case_id"], []).append(_APPROVALS.fields(row))
    return found
