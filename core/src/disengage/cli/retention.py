"""Retention: until when a case is kept, what is due, legal holds, and destruction by two people."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from disengage.cli.common import AsJson, By, CaseId, Config, Reason, app, end, opened, print_json
from disengage.cli.ending import Exit
from disengage.errors import InputError

#: The word that stands for a case in the help page; a case's id begins with ``c-`` and is never one of the words.
_A_CASE = "CASE"
_WITH_VALUE = ("--config",)


class CaseOrWord(TyperGroup):
    """Commands of which the first takes a case where the others have a word: ``retention c-…``, ``retention due``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word first, or the one that stands for a case where there is none."""
        return super().parse_args(ctx, self._with_word(args))

    def _with_word(self, args: list[str]) -> list[str]:
        before = 0
        while before < len(args) and args[before].startswith("-"):
            before += 2 if args[before] in _WITH_VALUE else 1
        options, rest = args[:before], args[before:]
        if not rest:
            return args
        if rest[0] in self.commands:
            return [rest[0], *options, *rest[1:]]
        return [_A_CASE, *options, *rest]


retention_app = typer.Typer(
    cls=CaseOrWord,
    help="Until when what was kept must be kept, and what becomes of it then.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(retention_app, name="retention")


@retention_app.command(_A_CASE)
def retention(case: CaseId, config: Config = None, as_json: AsJson = False) -> None:
    """Show until when each class of documents of a case must be kept, why, and by which rule."""
    from disengage.engine.destroying import look_after
    from disengage.engine.retention import examine
    from disengage.engine.retentionview import case_json

    with opened(config) as workplace:
        found = examine(workplace, case)
        look_after(workplace, found.id)
        document = case_json(workplace, examine(workplace, found.id))
    _print(document, as_json, "case")


@retention_app.command()
def due(
    on: Annotated[str | None, typer.Option("--on", help="The day, as 2026-12-31; default: today.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List what may be destroyed, what must be deleted, and what is on hold, over all cases. Destroys nothing."""
    from disengage.engine.retention import due as due_on
    from disengage.engine.retention import today
    from disengage.engine.retentionview import due_json

    day = _day(on)
    with opened(config) as workplace:
        document = due_json(due_on(workplace.settings, workplace.store, day or today(workplace)))
    _print(document, as_json, "due")


@retention_app.command()
def hold(case: CaseId, by: By, reason: Reason, config: Config = None, as_json: AsJson = False) -> None:
    """Put a case on legal hold: nothing of it is destroyed while that stands."""
    from disengage.engine.legalhold import hold as put_on_hold

    with opened(config) as workplace:
        case_id = workplace.store.case(case).id
        standing = put_on_hold(workplace, case_id, by, reason)
    _print_holds(case_id, standing, as_json)


@retention_app.command()
def release(
    case: CaseId,
    by: By,
    reason: Reason,
    number: Annotated[int | None, typer.Option("--number", help="Which hold, where several stand.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Lift a legal hold."""
    from disengage.engine.legalhold import release as lift

    with opened(config) as workplace:
        case_id = workplace.store.case(case).id
        standing = lift(workplace, case_id, by, reason, number)
    _print_holds(case_id, standing, as_json)


@retention_app.command()
def destroy(case: CaseId, by: By, config: Config = None, as_json: AsJson = False) -> None:
    """Approve the destruction of what no rule holds; the second person's approval carries it out."""
    from disengage.engine.destroying import destroy as approve_destruction
    from disengage.engine.retentionview import decision_json

    with opened(config) as workplace:
        decision = approve_destruction(workplace, case, by)
        document = decision_json(decision)
    _print(document, as_json, "decision")
    end(Exit.DONE if decision.destroyed else Exit.NOT_FINISHED)


def _print(document: dict[str, Any], as_json: bool, what: str) -> None:
    from disengage.cli import retentionscreens

    print_json(document) if as_json else getattr(retentionscreens, what)(document)


def _print_holds(case_id: str, standing: Any, as_json: bool) -> None:
    from disengage.engine.retentionview import hold_json

    _print({"case": case_id, "holds": [hold_json(found) for found in standing]}, as_json, "holds")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("--on is not a date.", remedy="Write it as 2026-12-31.") from None
