"""Proving: what was recorded, against itself, the vault and the platforms; and copies that others can check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from disengage.cli.common import AsJson, CaseId, Config, app, end, opened, print_json
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


@app.command()
def export(
    case: CaseId,
    out: Annotated[Path, typer.Option("--out", help="The ZIP file to write; nothing may be there.")],
    internal: Annotated[
        bool, typer.Option("--internal", help="With internal notes, where nobody is to be told.")
    ] = False,
    whole_log: Annotated[bool, typer.Option("--whole-log", help="With the events of all cases.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write one ZIP of all that is recorded and kept of a case, which a stranger can check without this program."""
    from disengage.engine.export import Scope
    from disengage.engine.export import export as export_case
    from disengage.papers.closing import closing_json

    with opened(config) as workplace:
        closing = closing_json(workplace, case, internal=internal)
        found = export_case(workplace, case, out, Scope(internal=internal, whole_log=whole_log), closing)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    typer.echo(
        f"Wrote {found.file}: {found.bags} bags, {found.events} events, {found.files} files, {found.bytes} bytes."
    )
    typer.echo(f"sha256  {found.sha256}")
    for line in found.left_out:
        typer.echo(f"Left out: {line}")
