"""Planning and doing: from requests to plans, approvals and work; and where it all stands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from disengage.cli.common import AsJson, By, CaseId, Config, app, end, opened, print_json, show_case
from disengage.cli.ending import code_after_run, worst
from disengage.errors import InputError

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace


@app.command()
def plan(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)],
    by: Annotated[str, typer.Option("--by", help="Who asks, and so cannot give the last of several approvals.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Survey every connection and show the plan of each request.

    Opens a case per request. Changes nothing on any platform.
    """
    from disengage.cli import screens
    from disengage.cli.planning import code_after_plan
    from disengage.engine.planall import plan_all
    from disengage.engine.view import case_json
    from disengage.requests import read_requests

    requests = read_requests(files)
    with opened(config, create=True) as workplace:
        cases = plan_all(workplace, requests, by)
    if as_json:
        print_json({"cases": [case_json(case) for case in cases]})
    else:
        screens.plans(cases)
    end(code_after_plan(cases))


@app.command()
def approve(
    case: CaseId,
    by: By,
    plan_hash: Annotated[str | None, typer.Option("--plan", help="The hash of the plan you saw.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Approve exactly the plan that was shown."""
    from disengage.engine.approving import approve as approve_case

    with opened(config) as workplace:
        approved = approve_case(workplace, case, by, plan_hash)
    if as_json:
        show_case(approved, as_json)
        return
    given = len([a for a in approved.approvals if a.plan_hash == approved.plan_hash])
    more = "" if approved.approved else f" {approved.needed - given} more is needed, by somebody else."
    typer.echo(f"Approved {approved.id}, plan {approved.plan_hash}.{more}")
    if approved.approved:
        typer.echo(f"Next: disengage run {approved.id}")


@app.command()
def run(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Do all that is ready, until everything is finished or waits."""
    from disengage.cli import screens
    from disengage.engine.view import case_json

    with opened(config) as workplace:
        chosen = [workplace.store.case(case).id for case in cases or []] or workplace.store.case_ids(unfinished=True)
        _work(workplace, chosen, quiet=as_json)
        after = [workplace.store.case(case) for case in chosen]
    if as_json:
        print_json({"cases": [case_json(case) for case in after]})
    else:
        screens.results(after)
    end(worst(code_after_run(case) for case in after))


def _work(workplace: Workplace, chosen: Sequence[str], *, quiet: bool) -> None:
    """Run a worker over the chosen cases, unless none of them may be worked on."""
    if not any(case.approved and not case.over for case in map(workplace.store.case, chosen)):
        return
    from disengage.cli.live import progress
    from disengage.engine.worker import Worker

    with Worker(workplace) as worker, progress(workplace, chosen, quiet=quiet) as made:
        worker.run(chosen, made)


@app.command()
def daemon(
    once: Annotated[bool, typer.Option("--once", help="Do all that is due, every duty once, and end.")] = False,
    health_port: Annotated[
        int | None,
        typer.Option(
            "--health-port", min=0, max=65535, help="Serve health and metrics on 127.0.0.1.", show_default=False
        ),
    ] = None,
    web: Annotated[
        bool, typer.Option("--web", help="Serve the pages and the API too, as 'disengage web' does.")
    ] = False,
    config: Config = None,
) -> None:
    """Stay, and do what is due: steps on their dates, what people answered, what platforms have done."""
    from disengage.cli.daemon import serve

    if once and web:
        raise InputError("--once ends, and --web stays.", remedy="Leave one of them out.")
    serve(config, once=once, health_port=health_port, web=web)


@app.command("cases")
def list_cases(
    state: Annotated[list[str] | None, typer.Option("--state", help="Only cases in this state.")] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=0, help="So many finished cases at most, the newest.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every finished case, however many.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show the cases, oldest first: all that are open, and the newest of the finished ones.

    The table shows 50 finished cases, unless --limit or --all says otherwise; --json gives all, unless --limit does.
    """
    from disengage.cli import cases, screens
    from disengage.engine.listing import as_json as written

    with opened(config) as workplace:
        listed = cases.listed(workplace.store, state or [], limit, every=every or (as_json and limit is None))
        found = workplace.store.listing.read(listed.ids)
        sys.stdout.writelines(written(found)) if as_json else screens.cases(list(found), listed.left_out)


@app.command()
def show(case: CaseId, config: Config = None, as_json: AsJson = False) -> None:
    """Show where one case stands."""
    with opened(config) as workplace:
        found = workplace.store.case(case)
    show_case(found, as_json)
