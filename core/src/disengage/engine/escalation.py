"""Tell of tasks that are long overdue, each by itself, and again after a while: an event of their case.

That a task was told of is read from the event log, in the transaction that writes the next one; so no crash and no
second daemon makes two of one.
"""

from __future__ import annotations

from datetime import date, datetime

from disengage.domain.case import Task, TaskState
from disengage.engine.digest import Office
from disengage.store import EventRecord, Store, Work

#: The store's mark of the day on which the tasks were last looked through.
_LOOKED_THROUGH = "escalation"


def escalate(store: Store, office: Office, now: datetime) -> list[EventRecord]:
    """Record an escalation for every task that wants one now, once a business day; return what was recorded."""
    today = office.today(now)
    if not office.is_time(now) or (store.mark(_LOOKED_THROUGH) or "") >= str(today):
        return []
    events: list[EventRecord] = []
    for case_id, task in store.agenda.open_tasks():
        if _is_long_overdue(office, task, today):
            events += _escalated(store, office, case_id, task, today)
    store.keep_mark(_LOOKED_THROUGH, str(today))
    return events


def _is_long_overdue(office: Office, task: Task, today: date) -> bool:
    return task.due is not None and office.after(task.due, office.policy.escalate_after_days) <= today


def _escalated(store: Store, office: Office, case_id: str, task: Task, today: date) -> list[EventRecord]:
    with store.change(case_id) as work:
        if _is_open(work, task) and _is_time_again(store, office, case_id, task, today):
            work.event(
                "escalation",
                task=task.id,
                step=task.step,
                connection=task.connection,
                due=str(task.due),
                kind_of_task=str(task.kind),
            )
    return work.events_written


def _is_open(work: Work, task: Task) -> bool:
    return any(now.id == task.id and now.state is TaskState.OPEN for now in work.case.tasks)


def _is_time_again(store: Store, office: Office, case_id: str, task: Task, today: date) -> bool:
    told = [event for event in store.events(case_id) if event.kind == "escalation" and event.payload["task"] == task.id]
    if not told:
        return True
    return office.after(office.today(told[-1].at), office.policy.escalate_after_days) <= today
