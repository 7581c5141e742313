"""Proving: what was recorded, against itself, the vault and the platforms; and copies that others can check."""

from __future__ import annotations

from typing import Annotated

import typer

from disengage.cli.common import AsJson, Config, app, end, opened, print_json
from disengage.cli.ending import Exit


@app.command()
def verify(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", show_default=False)] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Log and vault only; no platform is asked.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Check log, bags and platforms against what was recorded."""
    from disengage.cli import verifying
    from disengage.engine.verification import verify as verify_all

    with opened(config) as workplace, verifying.progress(quiet=as_json) as progress:
        found = verify_all(workplace, cases or [], offline=offline, progress=progress)
    print_json(found.as_json()) if as_json else verifying.verification(found)
    end(Exit.DIFFERENT if found.differences else Exit.DONE)


@app.command()
def timestamp(config: Config = None, as_json: AsJson = False) -> None:
    """Have the end of the event log stamped by the time-stamping authority."""
    from disengage.engine.timestamps import stamp_now
    from disengage.engine.view import moment

    with opened(config) as workplace:
        found = stamp_now(workplace)
    event = (
        {"seq": found.stamp.seq, "hash": found.stamp.hash, "time": moment(found.time), "new": found.new}
        if found
        else {}
    )
    if as_json:
        print_json({"seq": None, "hash": None, "time": None, "new": False} | event)
    elif found is None:
        typer.echo("Nothing is recorded yet, so there is nothing to stamp.")
    else:
        said = "Stamped" if found.new else "Nothing was recorded since: stamped already"
        typer.echo(f"{said} at {moment(found.time)}: event {found.stamp.seq}, {found.stamp.hash[:16]}…")
