"""Cases in lists: a line each with how it stands on every connection, and whole, as JSON, however many they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from textwrap import indent

from disengage.domain.case import Case
from disengage.domain.lifecycle import FINISHED, STUCK, CaseState, StepState, WaitsFor
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode
from disengage.engine.view import case_json
from disengage.store import Store
from disengage.store.lines import Line, Standing

#: So many lines are on one page.
PAGE = 50


class Mark(StrEnum):
    """How a case stands on one connection, at a glance; the first that any of its steps is."""

    STUCK = "stuck"
    RUNNING = "running"
    PERSON = "person"
    WAITING = "waiting"
    PLANNED = "planned"
    DONE = "done"


class OnConnection(Frozen):
    """How a case stands on one connection.

    Attributes:
        done: How many of its steps are finished; of those that were needed.
        steps: How many were needed.
    """

    connection: str
    mark: Mark
    done: int
    steps: int


class CaseLine(Frozen):
    """One case as it is listed.

    Attributes:
        number: Where the next page goes on, if this is the last line.
        client_number: The client's first identifier, or what a connection calls it; empty: neither was given.
        waits_for: What is to happen next, where something is; the nearest first.
        until: The first date that is waited for, where only dates are.
    """

    number: int
    id: str
    state: CaseState
    client: str
    client_number: str
    ends_on: date
    connections: tuple[OnConnection, ...]
    waits_for: WaitsFor | None
    until: date | None
    open_tasks: int


class Lines(Frozen):
    """One page of a list.

    Attributes:
        past: The number of the last line, where there are more; None: there are none.
    """

    lines: tuple[CaseLine, ...]
    past: int | None = None


def page(
    store: Store,
    states: Iterable[CaseState] = (),
    connection: str = "",
    past: int | None = None,
    *,
    oldest_first: bool = False,
    most: int = PAGE,
) -> Lines:
    """Return one page of the cases in any of these states (in any at all where none is named).

    Args:
        store: The store.
        states: Only cases in one of them.
        connection: Only cases that concern it.
        past: Go on behind the line of this number.
        oldest_first: Otherwise the newest come first.
        most: So many lines at most.
    """
    wanted = tuple(states) or tuple(CaseState)
    found = store.listing.page(wanted, connection, past, most + 1, oldest_first=oldest_first)
    lines = tuple(map(line, found[:most]))
    return Lines(lines=lines, past=lines[-1].number if len(found) > most else None)


# --- one line


def line(found: Line) -> CaseLine:
    """Return a case as people look at it in a list."""
    client = found.request.client
    waits_for, until = (None, None) if found.state in _OVER else _waits(found.steps)
    return CaseLine(
        number=found.number,
        id=found.id,
        state=found.state,
        client=client.name,
        client_number=next(iter((*client.identifiers.values(), *client.references.values())), ""),
        ends_on=found.request.ending.ends_on,
        connections=tuple(_on(name, found.steps) for name in found.connections),
        waits_for=waits_for,
        until=until,
        open_tasks=found.open_tasks,
    )


_OVER = (CaseState.CLOSED, CaseState.CANCELLED)
#: What is waited for, the first that any step waits for: what somebody can do something about comes first.
_NEAREST = (WaitsFor.APPROVAL, WaitsFor.PERSON, WaitsFor.PLATFORM, WaitsFor.GATE, WaitsFor.DATE)


def _waits(steps: Iterable[Standing]) -> tuple[WaitsFor | None, date | None]:
    waiting = {standing.waits_for for standing in steps}
    nearest = next((what for what in _NEAREST if what in waiting), None)
    dates = [s.due for s in steps if s.waits_for is WaitsFor.DATE and s.due]
    return nearest, min(dates) if nearest is WaitsFor.DATE and dates else None


def _on(connection: str, steps: Iterable[Standing]) -> OnConnection:
    mine = [standing for standing in steps if standing.connection == connection]
    needed = [s for s in mine if s.mode is not Mode.NOT_NEEDED]
    done = sum(s.number for s in needed if s.state in FINISHED)
    return OnConnection(
        connection=connection, mark=_mark(needed), done=done, steps=sum(standing.number for standing in needed)
    )


def _mark(steps: Iterable[Standing]) -> Mark:
    return min(map(_mark_of, steps), key=list(Mark).index, default=Mark.DONE)


def _mark_of(standing: Standing) -> Mark:
    if standing.state in STUCK:
        return Mark.STUCK
    if standing.waits_for is WaitsFor.PERSON:
        return Mark.PERSON
    if standing.state in FINISHED:
        return Mark.DONE
    return {StepState.RUNNING: Mark.RUNNING, StepState.WAITING: Mark.WAITING}.get(standing.state, Mark.PLANNED)


# --- whole cases


def as_json(found: Iterable[Case]) -> Iterator[str]:
    """Yield the text of one JSON document, a case at a time."""
    before = '{\n  "cases": ['
    empty = True
    for case in found:
        text = json.dumps(case_json(case), ensure_ascii=False, indent=2)
        yield f"{before}\n{indent(text, '    ')}"
        before, empty = ",", False
    yield before + "]\n}\n" if empty else "\n  ]\n}\n"
