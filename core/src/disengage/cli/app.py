"""Every command of ``disengage``. Each opens what it needs when it runs, so that the help page comes at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from disengage.cli.ending import Exit, code_after_run, complain, worst
from disengage.errors import DisengageError, InputError

if TYPE_CHECKING:
    from disengage.domain.case import Case
    from disengage.engine.workplace import Workplace

app = typer.Typer(
    name="disengage",
    help="End a client relationship, once, on every platform that ties firm and client together.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in a third of the time
    context_settings={"help_option_names": ["-h", "--help"]},
)
connectors_app = typer.Typer(help="Show what is installed, and whether credentials work.", rich_markup_mode=None)
task_app = typer.Typer(help="One task: what to do, and what was done.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(connectors_app, name="connectors")
app.add_typer(task_app, name="task")

Config = Annotated[Path | None, typer.Option("--config", help="The configuration file.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
By = Annotated[str, typer.Option("--by", help="Who does this.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", show_default=False)]
StepId = Annotated[str, typer.Argument(metavar="STEP", show_default=False)]


# --- how every command begins and ends ----------------------------------------------------------------------


def run_app() -> NoReturn:
    """Run the command line; no traceback ever reaches a user."""
    as_json = "--json" in sys.argv
    try:
        _must_be_text(sys.argv[1:])
        # Only for programs is typer kept from printing its own complaint about usage, and from leaving by itself.
        code = app(standalone_mode=not as_json)
    except DisengageError as error:
        sys.exit(complain(error, as_json=as_json))
    except TyperException as error:
        misuse = InputError(error.format_message(), remedy="See what the command takes with --help.")
        sys.exit(complain(misuse, as_json=as_json))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)
    except Exception as error:
        if os.environ.get("DISENGAGE_DEBUG"):
            raise
        fault = DisengageError(
            f"This is a fault of disengage itself ({type(error).__name__}).",
            remedy="Nothing was lost. Run it again with DISENGAGE_DEBUG=1 and report what it prints.",
        )
        sys.exit(complain(fault, as_json=as_json))
    sys.exit(code or Exit.DONE)


def _must_be_text(arguments: Sequence[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"Argument {number} of the command is not text in UTF-8.", remedy="Write it again, or rename the file."
            ) from None


@contextmanager
def _opened(config: Path | None, *, create: bool = False) -> Iterator[Workplace]:
    from disengage.cli.logs import set_up
    from disengage.engine.workplace import Workplace

    set_up()
    with Workplace.open(config, create=create) as workplace:
        yield workplace


def _print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _end(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _show_case(case: Case, as_json: bool) -> None:
    from disengage.cli import screens
    from disengage.engine.view import case_json

    _print_json(case_json(case)) if as_json else screens.case(case)


# --- setting up ---------------------------------------------------------------------------------------------


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", show_default=False)] = Path(),
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write a commented disengage.toml, an empty store and vault."""
    from disengage.initialising import initialise

    if config is not None:
        raise InputError("'init' writes a new configuration.", remedy="Name a folder instead: disengage init DIR.")
    file = initialise(directory)
    with _opened(file, create=True) as workplace:
        workplace.vault.prepare()
        made = {"config": str(file), "store": workplace.store.url, "vault": workplace.settings.vault.url}
    if as_json:
        _print_json(made)
        return
    typer.echo(f"Wrote {file}, an empty store and an empty vault.")
    typer.echo("Next: fill in the firm and its connections, then 'disengage connectors check'.")


@connectors_app.callback(invoke_without_command=True)
def connectors(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Show what is installed, and whether credentials work."""
    if context.invoked_subcommand is not None:
        return
    from disengage.cli import catalogue

    document = catalogue.installed(_settings_if_any(config))
    _print_json(document) if as_json else catalogue.print_installed(document)


@connectors_app.command("show")
def connectors_show(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one connector (or connection) with every operation, its source, and the by-hand instructions."""
    from disengage.cli import catalogue

    document = catalogue.one(name, _settings_if_any(config))
    _print_json(document) if as_json else catalogue.print_one(document)


@connectors_app.command("check")
def connectors_check(
    connections: Annotated[list[str] | None, typer.Argument(metavar="[CONNECTION…]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Try the credentials of every connection, or of those named. Changes nothing."""
    from disengage.cli import catalogue

    with _opened(config, create=True) as workplace:
        results = catalogue.check(workplace, connections or [])
    _print_json({"connections": results}) if as_json else catalogue.print_checks(results)
    _end(Exit.DONE if all(result["ok"] for result in results) else Exit.FAILED)


@app.command()
def authorise(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", show_default=False)],
    company: Annotated[str, typer.Option("--company", help="The company, by its key on the platform.")],
    port: Annotated[int, typer.Option("--port", help="Where the answer is awaited; 0 takes a free port.")] = 0,
    redirect_uri: Annotated[str, typer.Option("--redirect-uri", help="The whole address, where one is agreed.")] = "",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds the person has.")] = 300.0,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Have a person let a connection in on the platform's own page (OAuth 2.0), and keep what it gives us."""
    from disengage.cli import authorising

    show = authorising.shown_by(connection, to_stderr=as_json, browser=browser)
    with _opened(config, create=True) as workplace:
        visit = authorising.LoopbackVisit(connection, port=port, redirect_uri=redirect_uri, seconds=timeout, show=show)
        document = authorising.authorise(workplace, connection, company, visit)
    if as_json:
        _print_json(document)
        return
    typer.echo(f"{connection}: {document['message']}")


@connectors_app.command("new")
def connectors_new(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    directory: Annotated[Path | None, typer.Option("--dir", help="Where to; default: disengage-NAME.")] = None,
    platform: Annotated[str, typer.Option("--platform", help="The platform's own name.", show_default=False)] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write a new plugin, which works against a simulator of its own and is there to be filled in."""
    from disengage.cli.scaffold import write_plugin

    if config is not None:
        raise InputError("'connectors new' writes a plugin; it reads no configuration.", remedy="Leave --config out.")
    folder, files = write_plugin(name, directory, platform)
    if as_json:
        _print_json({"folder": str(folder), "files": files})
        return
    typer.echo(f"Wrote {folder}:")
    for file in files:
        typer.echo(f"  {file}")
    typer.echo("Next: install it (its README says how), run its tests, and replace what 'grep -rnI PLACEHOLDER' finds.")


def _settings_if_any(config: Path | None) -> Any:
    from disengage.errors import ConfigurationError
    from disengage.settings import load

    named = config is not None or bool(os.environ.get("DISENGAGE_CONFIG"))
    if not named and not Path("disengage.toml").exists():
        return None
    try:
        return load(config)
    except ConfigurationError:
        if named:
            raise
        return None


# --- planning and doing -------------------------------------------------------------------------------------


@app.command()
def plan(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Survey every connection and show the plan of each request.

    Opens a case per request. Changes nothing on any platform.
    """
    from disengage.cli import screens
    from disengage.cli.planning import code_after_plan, plan_all
    from disengage.engine.view import case_json
    from disengage.requests import read_requests

    requests = read_requests(files)
    with _opened(config, create=True) as workplace:
        cases = plan_all(workplace, requests)
    if as_json:
        _print_json({"cases": [case_json(case) for case in cases]})
    else:
        screens.plans(cases)
    _end(code_after_plan(cases))


@app.command()
def approve(
    case: CaseId,
    by: By,
    plan_hash: Annotated[str | None, typer.Option("--plan", help="The hash of the plan you saw.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Approve exactly the plan that was shown."""
    from disengage.engine.steering import approve as approve_case

    with _opened(config) as workplace:
        approved = approve_case(workplace, case, by, plan_hash)
    if as_json:
        _show_case(approved, as_json)
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

    with _opened(config) as workplace:
        chosen = [workplace.store.case(case).id for case in cases or []] or workplace.store.case_ids(unfinished=True)
        _work(workplace, chosen, quiet=as_json)
        after = [workplace.store.case(case) for case in chosen]
    if as_json:
        _print_json({"cases": [case_json(case) for case in after]})
    else:
        screens.results(after)
    _end(worst(code_after_run(case) for case in after))


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
    config: Config = None,
) -> None:
    """Stay, and do what is due: steps on their dates, what people answered, what platforms have done."""
    from disengage.cli.daemon import serve

    serve(config, once=once, health_port=health_port)


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

    with _opened(config) as workplace:
        listed = cases.listed(workplace.store, state or [], limit, every=every or (as_json and limit is None))
        found = workplace.store.listing.read(listed.ids)
        sys.stdout.writelines(cases.as_json(found)) if as_json else screens.cases(list(found), listed.left_out)


@app.command()
def show(case: CaseId, config: Config = None, as_json: AsJson = False) -> None:
    """Show where one case stands."""
    with _opened(config) as workplace:
        found = workplace.store.case(case)
    _show_case(found, as_json)


# --- work for people ----------------------------------------------------------------------------------------


@app.command()
def tasks(config: Config = None, as_json: AsJson = False) -> None:
    """Show the open tasks, the most urgent first."""
    from disengage.cli import screens
    from disengage.engine.view import task_json

    with _opened(config) as workplace:
        found = [
            (case, task)
            for case in workplace.store.cases(unfinished=True)
            for task in case.tasks
            if task.state == "open"
        ]
    found.sort(key=lambda pair: (pair[1].due or date.max, pair[1].id))
    if as_json:
        _print_json({"tasks": [{**task_json(task), "case": case.id} for case, task in found]})
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

    with _opened(config) as workplace:
        case, found = find_task(workplace, task)
    _print_json({**task_whole_json(found), "case": case.id}) if as_json else screens.task(case, found)


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

    with _opened(config) as workplace:
        case = done(workplace, task, by, note=note, evidence=evidence or [], values=_pairs(value or []))
    if as_json:
        _show_case(case, as_json)
        return
    typer.echo(f"Recorded: {by} states that task {task} is done. It is looked at again on the platform by 'run'.")


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

    with _opened(config) as workplace:
        case = decline(workplace, task, by, reason)
    if as_json:
        _show_case(case, as_json)
        return
    step = next(t.step for t in case.tasks if t.id == task)
    typer.echo(f"Recorded. Decide what becomes of it: disengage retry {case.id} {step}, or skip it with a reason.")


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


# --- steering -----------------------------------------------------------------------------------------------


@app.command()
def retry(
    case: CaseId,
    step: Annotated[str | None, typer.Argument(metavar="[STEP]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make due now what waits, was refused or failed."""
    from disengage.engine.steering import retry as retry_case

    with _opened(config) as workplace:
        found = retry_case(workplace, case, step)
    if as_json:
        _show_case(found, as_json)
        return
    typer.echo(f"Due now. Next: disengage run {found.id}")


@app.command()
def skip(case: CaseId, step: StepId, by: By, reason: Reason, config: Config = None, as_json: AsJson = False) -> None:
    """Leave a step out, in writing."""
    from disengage.engine.steering import skip as skip_step

    with _opened(config) as workplace:
        found = skip_step(workplace, case, step, by, reason)
    if as_json:
        _show_case(found, as_json)
        return
    typer.echo(f"Skipped {step} of {found.id}.")


@app.command()
def move(
    case: CaseId,
    step: StepId,
    to: Annotated[str, typer.Option("--to", help="The new date, as 2026-12-31.")],
    by: By,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Change the date of a step that has not started."""
    from disengage.engine.moving import move as move_step

    try:
        day = date.fromisoformat(to)
    except ValueError:
        raise InputError("--to is not a date.", remedy="Write it as 2026-12-31.") from None
    with _opened(config) as workplace:
        found, also = move_step(workplace, case, step, day, by)
    if as_json:
        _show_case(found, as_json)
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

    with _opened(config) as workplace:
        found = cancel_case(workplace, case, by, reason)
    if as_json:
        _show_case(found, as_json)
        return
    typer.echo(f"Cancelled {found.id}. What was done on the platforms stays done.")


@app.command()
def verify(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Check log, bags and platforms against what was recorded."""
    from disengage.cli import screens
    from disengage.engine.verification import verify as verify_all

    with _opened(config) as workplace:
        found = verify_all(workplace, cases or [])
    _print_json(found.as_json()) if as_json else screens.verification(found)
    _end(Exit.DIFFERENT if found.differences else Exit.DONE)


# --- trying it out ------------------------------------------------------------------------------------------


@app.command()
def simulate(
    port: Annotated[int, typer.Option("--port", help="First port; 0 takes free ones.")] = 0,
    faults: Annotated[str, typer.Option("--faults", help="SIMULATOR:KIND[xTIMES][@METHOD], separated by commas.")] = "",
    folder: Annotated[Path | None, typer.Option("--folder", help="Where the simulators keep files.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this connector's; may be given again.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Serve all simulators and print a disengage.toml that fits."""
    from disengage.cli.simulating import serve

    if config is not None:
        raise InputError("'simulate' writes a configuration; it reads none.", remedy="Leave --config out.")
    serve(port, faults, folder, only=only or (), as_json=as_json)


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the folder with store and vault.")] = True,
    config: Config = None,
) -> None:
    """Tell the whole story on simulators in a temporary folder."""
    from disengage.cli.demo import tell

    if config is not None:
        raise InputError("'demo' brings its own configuration.", remedy="Leave --config out.")
    _end(tell(keep=keep))
