"""Steering a case: again, later, left out, put up with, given up."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from disengage.cli.common import AsJson, By, CaseId, Config, Reason, StepId, app, opened, report, show_case
from disengage.errors import InputError


@app.command()
def retry(
    case: CaseId,
    step: Annotated[str | None, typer.Argument(metavar="[STEP]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make due now what waits, was refused or failed."""
    from disengage.engine.steering import retry as retry_case

    with opened(config) as workplace:
        found = retry_case(workplace, case, step)
    report(found, as_json, f"Due now. Next: disengage run {found.id}")


@app.command()
def skip(case: CaseId, step: StepId, by: By, reason: Reason, config: Config = None, as_json: AsJson = False) -> None:
    """Leave a step out, in writing."""
    from disengage.engine.steering import skip as skip_step

    with opened(config) as workplace:
        found = skip_step(workplace, case, step, by, reason)
    report(found, as_json, f"Skipped {step} of {found.id}.")


@app.command()
def accept(
    case: CaseId,
    code: Annotated[str, typer.Argument(help="The finding's code, e.g. history_wrong:go/retain_history.")],
    by: By,
    reason: Reason,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Accept in writing what is wrong with a kept history."""
    from disengage.engine.accepting import accept as accept_finding

    with opened(config) as workplace:
        found = accept_finding(workplace, case, code, by, reason)
    report(found, as_json, f"Accepted {code} of {found.id}. It stays visible as a warning.")


@app.command()
def move(
    case: CaseId,
    step: StepId,
    to: Annotated[str, typer.Option("--to", help="The new date, as 2026-12-31.")],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.", show_default=False)] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Change the date of a step that has not started."""
    from disengage.engine.moving import move as move_step

    try:
        day = date.fromisoformat(to)
    except ValueError:
        raise InputError("--to is not a date.", remedy="Write it as 2026-12-31.") from None
    with opened(config) as workplace:
        found, also = move_step(workplace, case, step, day, by, reason)
    if as_json:
        show_case(found, as_json)
        return
    moved = found.step(step)
    dates = found.moved.get(moved.connection, {})
    for option, value in dates.items() if moved.due != day or moved.date_option else ():
        typer.echo(f"Moved {option} of {moved.connection}: {value}.")
    typer.echo(f"{step} of {found.id} is due on {moved.due}.")
    if also:
        typer.echo(f"Moved along: {', '.join(also)}.")


@app.command()
def cancel(case: CaseId, by: By, reason: Reason, config: Config = None, as_json: AsJson = False) -> None:
    """End the case, not the client; what was done stays done."""
    from disengage.engine.steering import cancel as cancel_case

    with opened(config) as workplace:
        found = cancel_case(workplace, case, by, reason)
    report(found, as_json, f"Cancelled {found.id}. What was done on the platforms stays done.")
