"""Dates over all cases, read without reading the cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import func, select

from disengage.domain.case import TaskState
from disengage.domain.lifecycle import FINISHED, CaseState
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode, Verb
from disengage.store.database import Database
from disengage.store.tables import cases, events, steps, tasks
from disengage.store.tagged import moment_from

_OVER = (str(CaseState.CLOSED), str(CaseState.CANCELLED))
#: So many ids go into one statement.
_BATCH = 500
#: What may change a date of a case.
_CHANGING = (
    "case_opened", "planned", "moved", "reviewed", "plan_stale", "task_opened", "closed", "retention_hold",
    "retention_released", "destroyed",
)  # fmt: skip


class StepDate(Frozen):
    """A step that is due on a day."""

    case: str
    step: str
    connection: str
    verb: Verb
    day: date


class ClosedCase(Frozen):
    """A case that is closed, and for how many days the platforms are looked at from then on."""

    case: str
    closed_at: datetime
    watch_days: int


class Dates:
    """Dates of all cases; read, never written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def steps(self) -> list[StepDate]:
        """Return the unfinished steps of open cases that have a day; those whose task is open are told by that."""
        asked = (
            select(tasks.c.id)
            .where(tasks.c.case_id == steps.c.case_id, tasks.c.step == steps.c.id, tasks.c.due.is_not(None))
            .where(tasks.c.state == str(TaskState.OPEN))
        )
        query = (
            select(steps.c.case_id, steps.c.id, steps.c.connection, steps.c.verb, steps.c.due)
            .join(cases, cases.c.id == steps.c.case_id)
            .where(steps.c.due.is_not(None), steps.c.state.not_in([str(state) for state in FINISHED]))
            .where(steps.c.mode != str(Mode.NOT_NEEDED), cases.c.state.not_in(_OVER), ~asked.exists())
            .order_by(steps.c.due, cases.c.number, steps.c.position)
        )
        with self._database.reading() as connection:
            return [
                StepDate(case=row.case_id, step=row.id, connection=row.connection, verb=Verb(row.verb), day=row.due)
                for row in connection.execute(query)
            ]

    def closed(self) -> list[ClosedCase]:
        """Return the closed cases, oldest first."""
        query = select(cases.c.id, cases.c.sealed).where(cases.c.state == str(CaseState.CLOSED))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(cases.c.number)).all()
        return [
            ClosedCase(case=row.id, closed_at=row.sealed["closed_at"], watch_days=row.sealed["watch_days"])
            for row in rows
            if row.sealed.get("closed_at")
        ]

    def clients(self, case_ids: Iterable[str]) -> dict[str, str]:
        """Return the names of the clients of these cases, by the cases' ids."""
        wanted, found = iter(dict.fromkeys(case_ids)), dict[str, str]()
        with self._database.reading() as connection:
            while some := list(islice(wanted, _BATCH)):
                query = select(cases.c.id, cases.c.request).where(cases.c.id.in_(some))
                found |= {row.id: str(row.request["client"]["name"]) for row in connection.execute(query)}
        return found

    def changed(self, kinds: Sequence[str] = _CHANGING) -> dict[str, datetime]:
        """Return when a date of each case may have changed last, by the cases' ids."""
        query = select(events.c.case_id, func.max(events.c.at).label("at")).where(events.c.kind.in_(kinds))
        with self._database.reading() as connection:
            return {row.case_id: moment_from(row.at) for row in connection.execute(query.group_by(events.c.case_id))}
