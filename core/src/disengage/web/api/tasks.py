"""Operations: work for people."""

from __future__ import annotations

from datetime import date
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Path, Query

from disengage.domain.case import Case, Task
from disengage.domain.rights import Right
from disengage.domain.tasks import BringKind
from disengage.engine import answers
from disengage.engine.view import task_json, task_whole_json
from disengage.errors import InputError, NotThereError
from disengage.web.api.call import Call, Caller, linked
from disengage.web.api.forms import FILE, FILES, TEXT, VALUES, Parts, parts
from disengage.web.api.models import asked
from disengage.web.api.models import cases as told
from disengage.web.api.operations import Operations

operations = Operations("Tasks")

TaskId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$", description="The task's id.")]
Behind = Annotated[
    str,
    Query(
        max_length=120,
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}~[A-Za-z0-9._-]+)?$",
        description="Go on behind this place: the `next` of the answer before.",
    ),
]
Most = Annotated[int, Query(ge=1, le=1000, description="So many at most.")]
Connection = Annotated[str, Query(max_length=100, description="Only tasks of this connection.")]


@operations.get("/tasks", Right.SEE, told.TasksPage)
def list_tasks(call: Caller, connection: Connection = "", after: Behind = "", limit: Most = 200) -> dict[str, Any]:
    """List the open tasks, the most urgent first."""
    every = call.workplace.store.agenda.open_tasks()
    found = sorted(
        ((_place(task), case, task) for case, task in every if connection in ("", task.connection)),
        key=itemgetter(0),
    )
    rest = [one for one in found if one[0] > after]
    following = rest[limit - 1][0] if len(rest) > limit else None
    linked(call, following)
    return {"tasks": [{**task_json(task), "case": case} for _, case, task in rest[:limit]], "next": following}


def _place(task: Task) -> str:
    """Return where a task stands in the list, which stays when others leave it."""
    return f"{task.due or date.max}~{task.id}"


@operations.get("/tasks/{task}", Right.SEE, told.WholeTask)
def get_task(call: Caller, task: TaskId) -> dict[str, Any]:
    """Show what to do, in the platform's own words, and what to bring back."""
    case, found = _task(call, task)
    return {**task_whole_json(found), "case": case.id}


@operations.post(
    "/tasks/{task}/done",
    Right.OPERATE,
    told.Case,
    of_case=True,
    form={"note": TEXT, "values": VALUES, "further": {**FILES, "minItems": 0}},
    form_more=FILE,
)
def answer_task(call: Caller, task: TaskId) -> dict[str, Any]:
    """Say that a task is done, and bring back what it asked for.

    Each file that the task asks for is a part of the form under its key, others are ``further``; everything else that
    it asks for is in ``values``. The step itself is proven by looking at the platform again.
    """
    case, found = _task(call, task)
    with parts(call.form) as given:
        evidence = _evidence(found, given)
        note, values = given.text("note"), given.values("values")
        answered = answers.done(
            call.on(case.id), found.id, call.person.name, note=note, evidence=evidence, values=values
        )
    return call.told(answered)


def _evidence(task: Task, given: Parts) -> list[str]:
    """Return the files that came, each with what it is; further ones without."""
    asked = [item.key for item in task.bring if item.kind is BringKind.FILE]
    given.only("note", "values", "further", *asked)
    named = [f"{key}={file}" for key in asked for file in given.files(key)]
    return [*named, *map(str, given.files("further"))]


@operations.post("/tasks/{task}/decline", Right.OPERATE, told.Case, of_case=True)
def decline_task(call: Caller, task: TaskId, given: asked.Because) -> dict[str, Any]:
    """Say that a task will not be done, and why; somebody then decides what becomes of its step."""
    case, found = _task(call, task)
    return call.told(answers.decline(call.on(case.id), found.id, call.person.name, given.reason))


def _task(call: Call, task_id: str) -> tuple[Case, Task]:
    try:
        return answers.find_task(call.workplace, task_id)
    except InputError as error:
        raise NotThereError(error.message, remedy="See which there are at /tasks.") from None
