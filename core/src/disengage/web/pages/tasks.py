"""Tasks: what to do, in the platform's own words, and what was brought back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from disengage.domain.case import Task, TaskState
from disengage.domain.rights import Right
from disengage.engine import answers
from disengage.engine.briefing import Briefing, brief
from disengage.engine.desk import business_days_left
from disengage.errors import DisengageError, InputError, LifecycleError, NotThereError
from disengage.web import taskform
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/tasks/{task}", needs=Right.SEE)
def show(visit: Visit) -> Response:
    """Show a task, and the form for its answer while it is open."""
    return _page(visit, _briefing(visit))


@doors.get("/tasks/{task}/done", needs=Right.SEE)
@doors.get("/tasks/{task}/decline", needs=Right.SEE)
def back(visit: Visit) -> Response:
    """Send whoever comes by the address of an answer to the task."""
    return visit.go(f"/tasks/{_briefing(visit).task.id}")


@doors.post("/tasks/{task}/done", needs=Right.OPERATE, takes_files=True)
def done(visit: Visit) -> Response:
    """Take somebody's word, and files, for a task."""
    task = _briefing(visit).task
    if task.state is not TaskState.OPEN:
        return _answered_already(visit, task)
    wrong = taskform.complaints(visit, task)
    if wrong:
        return _page(visit, _briefing(visit), 422, wrong=wrong)
    try:
        with taskform.brought(visit, task) as evidence:
            values, note = taskform.typed(visit, task), visit.form.text(taskform.NOTE)
            answers.done(visit.workplace, task.id, visit.person.name, note=note, evidence=evidence, values=values)
    except InputError as error:
        return _page(visit, _briefing(visit), 422, error=error)
    except LifecycleError as error:
        return _not_allowed(visit, error)
    return visit.go(f"/tasks/{task.id}", visit.say("Recorded: you state that this is done."))


@doors.post("/tasks/{task}/decline", needs=Right.OPERATE)
def decline(visit: Visit) -> Response:
    """Take somebody's word that a task will not be done."""
    task, reason = _briefing(visit).task, visit.form.text("reason")
    if task.state is not TaskState.OPEN:
        return _answered_already(visit, task)
    if not reason:
        return _page(visit, _briefing(visit), 422, wrong={"reason": visit.say("Say why.")})
    try:
        answers.decline(visit.workplace, task.id, visit.person.name, reason)
    except LifecycleError as error:
        return _not_allowed(visit, error)
    return visit.go(f"/tasks/{task.id}", visit.say("Recorded: you decline this."))


# --- what is shown


def _briefing(visit: Visit) -> Briefing:
    try:
        return brief(visit.workplace, visit.path["task"])
    except InputError:
        raise NotThereError(visit.say("There is no such task."), remedy=visit.say("Find it in the inbox.")) from None


def _page(
    visit: Visit,
    briefing: Briefing,
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    error: DisengageError | None = None,
) -> Response:
    """Return the page of a task.

    Args:
        visit: The visit.
        briefing: The task.
        status: Of HTTP.
        wrong: What is wrong with what was sent, by the fields' names.
        error: What is wrong with it as a whole.
    """
    task = briefing.task
    return visit.page(
        "task.html",
        status,
        briefing=briefing,
        task=task,
        days=business_days_left(visit.workplace, task.due) if task.due else None,
        fields=taskform.fields(visit, task, wrong or {}),
        takes_files=taskform.takes_files(task),
        typed=taskform.typed(visit, task),
        files_chosen=bool(visit.form.files),
        wrong=wrong or {},
        error=error,
    )


def _not_allowed(visit: Visit, error: LifecycleError) -> Response:
    """Say that somebody else was quicker, or what else is in the way; nothing that was typed is lost."""
    briefing = _briefing(visit)
    if briefing.task.state is TaskState.OPEN:
        return _page(visit, briefing, 409, error=error)
    return _answered_already(visit, briefing.task)


def _answered_already(visit: Visit, task: Task) -> Response:
    """Show who answered; whoever sent the same answer twice is told once more that it is recorded."""
    if _is_the_same(visit, task):
        return visit.go(f"/tasks/{task.id}", visit.say("This was recorded already; nothing was recorded twice."))
    return _page(visit, _briefing(visit), 409)


def _is_the_same(visit: Visit, task: Task) -> bool:
    if task.by != visit.person.name:
        return False
    if visit.request.url.path.endswith("/decline"):
        return (task.state, task.note) == (TaskState.DECLINED, visit.form.text("reason"))
    sent = (TaskState.DONE, taskform.typed(visit, task), visit.form.text(taskform.NOTE))
    return (task.state, task.values, task.note) == sent
