"""How much there is of everything, for whoever watches over the work; nothing that says about whom it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from disengage.domain.case import TaskState
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.values import Frozen
from disengage.store.tables import cases, events, steps, tasks, wakes

_GOING = [str(s) for s in CaseState if s not in (CaseState.CLOSED, CaseState.CANCELLED)]
_BEGUN = [s for s in _GOING if s != CaseState.PLANNED]
_OPEN = tasks.c.state == str(TaskState.OPEN)
_MINE = select(cases.c.id).where(cases.c.state.in_(_GOING))


class Figures(Frozen):
    """Numbers of one moment.

    Attributes:
        cases: How many are in each state.
        waiting: How many steps of unfinished cases wait for what.
        tasks_open: Tasks that a person can work on.
        tasks_overdue: Those of them whose deadline is over.
        wakes: What is to be woken and was not handed over yet.
        oldest_wake: When the oldest of those was due.
        events: How many events of each kind were recorded, after the one asked for.
        last_event: The number of the last event.
    """

    cases: dict[str, int]
    waiting: dict[str, int]
    tasks_open: int
    tasks_overdue: int
    wakes: int
    oldest_wake: datetime | None
    events: dict[str, int]
    last_event: int


def figures(connection: Connection, today: date, after: int) -> Figures:
    """Return the numbers; steps and tasks of finished cases are not looked at."""
    by_state = select(cases.c.state, func.count()).group_by(cases.c.state)
    by_wait = (
        select(steps.c.waits_for, func.count())
        .where(steps.c.case_id.in_(_MINE), steps.c.waits_for.is_not(None))
        .group_by(steps.c.waits_for)
    )
    open_tasks = select(tasks.c.due, func.count()).where(tasks.c.case_id.in_(_MINE), _OPEN).group_by(tasks.c.due)
    by_due = [(row[0], int(row[1])) for row in connection.execute(open_tasks)]
    unsent, oldest = connection.execute(
        select(func.count(), func.min(wakes.c.at)).where(wakes.c.sent_at.is_(None))
    ).one()
    kinds, last = _events(connection, after)
    return Figures(
        cases={str(row[0]): row[1] for row in connection.execute(by_state)},
        waiting={str(row[0]): row[1] for row in connection.execute(by_wait)},
        tasks_open=sum(number for _, number in by_due),
        tasks_overdue=sum(number for due, number in by_due if due and due < today),
        wakes=unsent,
        oldest_wake=oldest,
        events=kinds,
        last_event=last,
    )


def _events(connection: Connection, after: int) -> tuple[dict[str, int], int]:
    query = select(events.c.kind, func.count(), func.max(events.c.seq)).where(events.c.seq > after)
    rows = list(connection.execute(query.group_by(events.c.kind)))
    return {str(row[0]): row[1] for row in rows}, max((int(row[2]) for row in rows), default=after)


def could_go_on(connection: Connection, now: datetime) -> list[str]:
    """Return the ids of cases with a step that seems to wait for nothing that is still to come."""
    tomorrow = now.date() + timedelta(days=1)  # somewhere it is tomorrow already
    free = or_(
        steps.c.waits_for.is_(None),
        and_(steps.c.waits_for == str(WaitsFor.DATE), steps.c.due <= tomorrow),
        and_(steps.c.waits_for == str(WaitsFor.PLATFORM), steps.c.wake_at <= now),
    )
    rests = steps.c.state.in_([str(StepState.PLANNED), str(StepState.WAITING)])
    begun = select(cases.c.id).where(cases.c.state.in_(_BEGUN))
    query = select(steps.c.case_id).distinct().where(steps.c.case_id.in_(begun))
    query = query.where(or_(steps.c.state == str(StepState.RUNNING), and_(rests, free)))
    return list(connection.execute(query).scalars())
