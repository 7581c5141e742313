"""What a notifier is given of one event: which case, which step, which task, and where to read more.

Only what is named here leaves the house. Nobody's name does, and no words of a platform or of a person: they stand in
the case, for those who may read it.
"""

from __future__ import annotations

from typing import Any

from disengage.domain.case import Case, Task
from disengage.engine.view import moment
from disengage.store import EventRecord

#: Of an event's payload, what is told as it stands.
_TOLD = ("step", "connection", "task", "until", "to", "number", "kind_of_task")
#: Kinds about which the connection says more than the case.
_OF_CONNECTIONS = frozenset({"connection_is_down", "connection_is_back"})


def notice_of(event: EventRecord, case: Case) -> dict[str, Any]:
    """Return what is told of one recorded event of ``case``."""
    told = {name: event.payload[name] for name in _TOLD if event.payload.get(name) is not None}
    step = next((step for step in case.steps if step.id == told.get("step")), None)
    if step is not None:
        told.setdefault("connection", step.connection)
    task = next((task for task in case.tasks if task.id == told.get("task")), None)
    return {
        "id": f"{event.seq}-{event.hash[:16]}",
        "kind": event.kind,
        "at": moment(event.at),
        "seq": event.seq,
        "case": event.case,
        **told,
        **(_of_task(task) if task else {}),
        "more": _more(event, told),
    }


def _of_task(task: Task) -> dict[str, Any]:
    return {"title": task.title, "due": str(task.due) if task.due else None, "kind_of_task": str(task.kind)}


def _more(event: EventRecord, told: dict[str, Any]) -> str:
    """Return the command that shows more."""
    if "task" in told:
        return f"disengage task show {told['task']}"
    if event.kind in _OF_CONNECTIONS and "connection" in told:
        return f"disengage connectors check {told['connection']}"
    return f"disengage show {event.case}"
