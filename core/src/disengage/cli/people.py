"""Work for people: the open tasks, and what was done about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from disengage.cli.common import AsJson, By, Config, Reason, app, opened, print_json, report, task_app
from disengage.errors import InputError


@app.command()
def tasks(config: Config = None, as_json: AsJson = False) -> None:
    """Show the open tasks, the most urgent first."""
    from disengage.cli import screens
    from disengage.engine.view import task_json

    with opened(config) as workplace:
        found = [
            (case, task)
            for case in workplace.store.cases(unfinished=True)
            for task in case.tasks
            if task.state == "open"
        ]
    found.sort(key=lambda pair: (pair[1].due or date.max, pair[1].id))
    if as_json:
        print_json({"tasks": [{**task_json(task), "case": case.id} for case, task in found]})
    else:
        screens.tasks(found)


@task_app.command("show")
def task_show(
    task: Annotated[str, typer.Argument(metavar="ID")], config: Config = None, as_json: AsJson = False
) -> None:
    """Show what to do, in the platform's own words, and what to bring back."""
    from disengage.cli import screens
    from disengage.engine.answers import find_task
    from disengage.engine.view import task_whole_json

    with opened(config) as workplace:
        case, found = find_task(workplace, task)
    print_json({**task_whole_json(found), "case": case.id}) if as_json else screens.task(case, found)


@task_app.command("done")
def task_done(
    task: Annotated[str, typer.Argument(metavar="ID")],
    by: By,
    note: Annotated[str, typer.Option("--note", help="Anything worth remembering.")] = "",
    evidence: Annotated[list[str] | None, typer.Option("--evidence", help="FILE, or KEY=FILE.")] = None,
    value: Annotated[list[str] | None, typer.Option("--value", help="KEY=VALUE.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say that a task is done, and bring back what it asked for."""
    from disengage.engine.answers import done

    with opened(config) as workplace:
        case = done(workplace, task, by, note=note, evidence=evidence or [], values=_pairs(value or []))
    report(
        case,
        as_json,
        f"Recorded: {by} states that task {task} is done. It is looked at again on the platform by 'run'.",
    )


@task_app.command("decline")
def task_decline(
    task: Annotated[str, typer.Argument(metavar="ID")],
    by: By,
    reason: Reason,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say that a task will not be done, and why."""
    from disengage.engine.answers import decline

    with opened(config) as workplace:
        case = decline(workplace, task, by, reason)
    step = next(t.step for t in case.tasks if t.id == task)
    report(
        case,
        as_json,
        f"Recorded. Decide what becomes of it: disengage retry {case.id} {step}, or skip it with a reason.",
    )


def _pairs(values: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for given in values:
        key, equals, text = given.partition("=")
        if not equals or not key:
            raise InputError(f"--value '{key}' has no '='.", remedy="Write --value KEY=VALUE.")
        if key in pairs:
            raise InputError(f"--value '{key}' is given twice.", remedy="Give each key once; nothing was recorded.")
        pairs[key] = text
    return pairs
