"""What waits for people over all cases, without reading the cases."""

from __future__ import annotations

from sqlalchemy import select

from disengage.domain.case import Task, TaskState
from disengage.domain.lifecycle import CaseState
from disengage.store.database import Database
from disengage.store.parts import PARTS
from disengage.store.tables import cases, tasks

_TASKS = next(part for part in PARTS if part.model is Task)


class Agenda:
    """What waits for people; read, never written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_tasks(self) -> list[tuple[str, Task]]:
        """Return every open task with the id of its case, the most urgent first; those without a deadline last."""
        urgent = (tasks.c.due.is_(None), tasks.c.due, tasks.c.case_id, tasks.c.position)
        query = select(tasks).where(tasks.c.state == str(TaskState.OPEN)).order_by(*urgent)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [(row["case_id"], Task.model_validate(_TASKS.fields(row))) for row in rows]

    def cases_in(self, state: CaseState) -> list[str]:
        """Return the ids of the cases in one state, oldest first."""
        query = select(cases.c.id).where(cases.c.state == str(state)).order_by(cases.c.number)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())
