"""What people bring back from their tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from disengage.domain import progress
from disengage.domain.calendar import business_day_after
from disengage.domain.case import Case, Step, Task, TaskKind, TaskState
from disengage.domain.complaints import nearest
from disengage.domain.lifecycle import StepEvent, StepState
from disengage.domain.tasks import Bring, BringKind
from disengage.domain.values import digest
from disengage.engine import completeness, questions
from disengage.engine.keeping import keep
from disengage.engine.retain import keep_brought
from disengage.engine.steering import leave_out, take_up_again
from disengage.engine.turns import turn
from disengage.engine.who import reason_given, somebody
from disengage.engine.workplace import Workplace
from disengage.errors import InputError, LifecycleError
from disengage.store import Work


def find_task(workplace: Workplace, task_id: str) -> tuple[Case, Task]:
    """Return a task and its case.

    Raises:
        InputError: There is none of that id.
    """
    case = workplace.store.case(workplace.store.case_of_task(task_id))
    return case, next(task for task in case.tasks if task.id == task_id)


def done(
    workplace: Workplace,
    task_id: str,
    by: str,
    *,
    note: str = "",
    evidence: Sequence[str] = (),
    values: Mapping[str, str] | None = None,
) -> Case:
    """Take a person's word, and files, for a task; the step itself is proven by looking again.

    Args:
        workplace: The workplace.
        task_id: The task.
        by: Who did it.
        note: Free words.
        evidence: Files, each ``PATH`` or ``KEY=PATH``.
        values: Everything else that was asked for, by key.

    Raises:
        InputError: Something asked for is missing or of the wrong kind; nothing was taken.
        LifecycleError: The task is not open.
    """
    who = somebody(by)
    with turn(f"{workplace.store.url} {task_id}"):  # who comes second finds it done, before a second bag is kept
        return _done(workplace, task_id, who, note, evidence, dict(values or {}))


def _done(
    workplace: Workplace, task_id: str, who: str, note: str, evidence: Sequence[str], values: dict[str, str]
) -> Case:
    case, task = find_task(workplace, task_id)
    _open(task)
    files = _files(task, evidence)
    given = _values(task, values, files)
    _as_asked_for(workplace, case, task, files, given)
    kept = keep_brought(workplace, case, case.step(task.step), task.id, who, list(files.values())) if files else None
    bag = {"bag": kept.bag.path, "digest": kept.bag.digest} if kept else None
    with workplace.store.change(case.id) as work:
        current = next(t for t in work.case.tasks if t.id == task_id)
        _open(current)
        answered = {"state": TaskState.DONE, "by": who, "note": note, "values": given, "files": tuple(files)}
        if bag:
            work.evidence(task.step, "file", by=who, detail=bag)
        if kept and kept.checks:
            work.case = completeness.record(work, work.case, task.step, kept.checks, kept.bag)
        work.evidence(task.step, "statement", by=who, detail={"task": task.id, "note": note, "values": given})
        checked = {"checked": completeness.counted(kept.checks)} if kept and kept.checks else {}
        work.event("task_done", actor=who, task=task.id, step=task.step, bag=(bag or {}).get("digest"), **checked)
        _take(workplace, work, current.model_copy(update=answered))
    workplace.tell(work.events_written)
    return work.case


def _take(workplace: Workplace, work: Work, task: Task) -> None:
    """Let the case go on with a task that is done: its link looks again, or what was decided is carried out."""
    now, case = workplace.now(), _with_task(work.case, task)
    step = case.step(task.step)
    if task.kind is not TaskKind.DECIDE:
        keep(work, case, now)
        return work.wake(step.link, now)
    work.case = case
    if task.values["decision"] == questions.SKIP:
        return leave_out(work, step, task.by, task.values["reason"], now)
    return take_up_again(workplace, work, [step], now, actor=task.by)


def decline(workplace: Workplace, task_id: str, by: str, reason: str) -> Case:
    """Record that a person will not do a task; its step is refused, and the case's owner is asked what becomes of it.

    Who declines that decision leaves the step refused, until somebody retries or skips it.

    Raises:
        InputError: No reason, or no such task.
        LifecycleError: The task is not open.
    """
    who, why = somebody(by), reason_given(reason)
    case, _ = find_task(workplace, task_id)
    with workplace.store.change(case.id) as work:
        task = next(t for t in work.case.tasks if t.id == task_id)
        _open(task)
        work.evidence(task.step, "statement", by=who, detail={"task": task.id, "declined": why})
        work.event("task_declined", actor=who, task=task.id, step=task.step, reason_digest=digest(why))
        declined = task.model_copy(update={"state": TaskState.DECLINED, "by": who, "note": why})
        keep(work, _refused(workplace, work, declined), workplace.now())
    workplace.tell(work.events_written)
    return work.case


def _refused(workplace: Workplace, work: Work, declined: Task) -> Case:
    """Return the case with a task declined, its step refused, and the question what becomes of that."""
    case = _with_task(work.case, declined)
    if declined.kind is TaskKind.DECIDE:
        return case
    step = case.step(declined.step)
    waiting = step.on(StepEvent.WAIT) if step.state is StepState.PLANNED else step
    refused = waiting.on(StepEvent.REFUSE, outcome=f"declined by {declined.by}")
    task = questions.what_becomes_of_it(case, refused, declined, _deadline(workplace, case, step))
    work.event("task_opened", task=task.id, step=task.step, kind_of_task=str(task.kind))
    case = case.with_step(refused)
    return case.model_copy(update={"tasks": (*case.tasks, task)})


def _deadline(workplace: Workplace, case: Case, step: Step) -> date:
    settings = workplace.settings
    today = progress.today(case.link(step.link), workplace.now())
    return business_day_after(today, settings.policy.task_days, settings.firm.country)


def _open(task: Task) -> None:
    if task.state is not TaskState.OPEN:
        raise LifecycleError(f"The task {task.id} is {task.state} already.", remedy="See 'disengage tasks'.")


def _with_task(case: Case, task: Task) -> Case:
    return case.model_copy(update={"tasks": tuple(task if t.id == task.id else t for t in case.tasks)})


def _files(task: Task, evidence: Sequence[str]) -> dict[str, Path]:
    """Sort the evidence files to the keys that ask for one; more than asked for are numbered."""
    asked = [item.key for item in task.bring if item.kind is BringKind.FILE]
    free = [key for key in asked if not any(given.startswith(f"{key}=") for given in evidence)]
    found: dict[str, Path] = {}
    for number, given in enumerate(evidence, 1):
        key, named, path = given.partition("=")
        if not (named and key in asked):
            key, path = (free.pop(0) if free else f"evidence-{number}"), given
        if key in found:
            raise InputError(
                f"The task {task.id} is given '{key}' twice.", remedy="Give each key once; nothing was recorded."
            )
        found[key] = _readable(Path(path), task)
    missing = [
        item.key for item in task.bring if item.kind is BringKind.FILE and item.required and item.key not in found
    ]
    if missing:
        raise InputError(
            f"The task {task.id} asks for a file '{missing[0]}', and none was given.",
            remedy=f"Give it with --evidence {missing[0]}=FILE; nothing was recorded.",
        )
    return found


def _readable(path: Path, task: Task) -> Path:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise InputError(
            f"The evidence file {path} of task {task.id} cannot be taken: {reason}.",
            remedy="Name a file that exists; nothing was recorded.",
        ) from None
    if empty:
        raise InputError(f"The evidence file {path} is empty.", remedy="Name the right file; nothing was recorded.")
    return path


def _values(task: Task, given: dict[str, str], files: Mapping[str, Path]) -> dict[str, str]:
    asked = {item.key: item for item in task.bring if item.kind is not BringKind.FILE}
    for key in given:
        if key not in asked:
            raise InputError(
                f"The task {task.id} does not ask for '{key}'.{nearest(key, asked)}",
                remedy=f"It asks for: {', '.join((*asked, *files)) or 'nothing'}.",
            )
    for key, item in asked.items():
        if key not in given and item.required:
            raise InputError(
                f"The task {task.id} asks for '{key}'{_choices(item)}, and it was not given.",
                remedy=f"Give it with --value {key}=…; nothing was recorded.",
            )
    return {key: _value(task, asked[key], text.strip()) for key, text in given.items()}


def _choices(item: Bring) -> str:
    return f" ({' or '.join(item.choices)})" if item.choices else ""


def _value(task: Task, item: Bring, text: str) -> str:
    try:
        if item.kind is BringKind.DATE:
            return str(date.fromisoformat(text))
        if item.kind is BringKind.NUMBER:
            float(text)
        if item.kind is BringKind.CHOICE and text not in item.choices:
            raise ValueError
        if not text:
            raise ValueError
    except ValueError:
        kind = f"one of {', '.join(item.choices)}" if item.choices else f"a {item.kind}"
        raise InputError(
            f"The task {task.id}: '{item.key}' must be {kind}.", remedy="Give it again; nothing was recorded."
        ) from None
    return text


def _as_asked_for(
    workplace: Workplace, case: Case, task: Task, files: Mapping[str, Path], values: Mapping[str, str]
) -> None:
    """Have the connector look at what was brought, before anything is recorded."""
    step = case.step(task.step)
    if task.kind is not TaskKind.DO or not (files or values):
        return
    complaints = workplace.call(
        step.connection,
        "check_evidence",
        link=case.link(step.link).link,
        request=case.effective,
        verb=step.verb,
        part=step.part,
        files=files,
        values=values,
    )
    if complaints:
        raise InputError(
            f"What was brought for the task {task.id} cannot be taken: {' '.join(complaints)}",
            remedy="Correct it and bring it again; nothing was recorded.",
        )
