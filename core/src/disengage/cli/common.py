"""What the commands share: the command line itself, its usual options, and how a command begins and ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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


@contextmanager
def opened(config: Path | None, *, create: bool = False) -> Iterator[Workplace]:
    """Yield the workplace that a configuration describes."""
    from disengage.cli.logs import set_up
    from disengage.engine.workplace import Workplace

    set_up()
    with Workplace.open(config, create=create) as workplace:
        yield workplace


def print_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def end(code: int) -> None:
    """End the command with an exit code."""
    if code:
        raise typer.Exit(code)


def show_case(case: Case, as_json: bool) -> None:
    """Print a case, for people or for programs."""
    from disengage.cli import screens
    from disengage.engine.view import case_json

    print_json(case_json(case)) if as_json else screens.case(case)


def report(case: Case, as_json: bool, told: str) -> None:
    """Say what was done: the whole case for programs, a sentence for people."""
    if as_json:
        show_case(case, as_json)
    else:
        typer.echo(told)
