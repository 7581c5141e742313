"""Papers made from what happened: letters, inventories and closing statements."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from disengage.cli.common import AsJson, CaseId, Config, app, opened, print_json
from disengage.errors import InputError

if TYPE_CHECKING:
    from disengage.domain.request import Language
    from disengage.papers.making import Made, Order
    from disengage.papers.sheets import Kind

papers_app = typer.Typer(help="Papers: the templates they are made from.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(papers_app, name="papers")

_KINDS = "letter, inventory, enquiry-reply or statement"
Out = Annotated[Path, typer.Option("--out", help="The file to write; its ending says the form.")]
Spoken = Annotated[str, typer.Option("--language", help="en, de, nl, nb or sv, instead of the client's.")]
Internal = Annotated[bool, typer.Option("--internal", help="With everything, for the firm itself.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


@app.command()
def certificate(
    case: CaseId,
    out: Out,
    language: Spoken = "",
    internal: Internal = False,
    force: Force = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the closing statement: every step, how it is known, and when. FILE ends with .pdf, .html or .json."""
    from disengage.papers.making import Order
    from disengage.papers.sheets import Kind

    spoken = _language(language)
    order = Order(case=case, kind=Kind.STATEMENT, out=out, language=spoken, internal=internal, force=force)
    _make(order, config, as_json)


@app.command()
def paper(
    case: CaseId,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_KINDS, show_default=False)],
    out: Out,
    language: Spoken = "",
    facts: Annotated[Path | None, typer.Option("--facts", help="Text for a letter or a reply.")] = None,
    note: Annotated[str, typer.Option("--note", help="The same, as words.")] = "",
    internal: Internal = False,
    force: Force = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write a paper from what happened: letter, inventory, enquiry-reply or statement."""
    from disengage.papers.making import Order, facts_from
    from disengage.papers.sheets import Kind

    wanted = _kind(kind)
    if internal and wanted is not Kind.STATEMENT:
        raise InputError("--internal is for the statement only.", remedy="Leave it out; nothing was written.")
    said = facts_from(facts, note)
    if said and wanted not in (Kind.LETTER, Kind.REPLY):
        raise InputError(
            f"The paper '{kind}' takes no facts and no note.", remedy="Give them to a letter or an enquiry-reply."
        )
    order = Order(
        case=case, kind=wanted, out=out, language=_language(language), internal=internal, facts=said, force=force
    )
    _make(order, config, as_json)


@papers_app.command("templates")
def templates(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Write the built-in templates into DIR, for the firm to change."""
    from disengage.papers.templating import copy_out

    written = copy_out(folder)
    if as_json:
        print_json({"folder": str(folder), "files": written})
        return
    typer.echo(f"{folder}: {', '.join(written)}")
    typer.echo("Name the folder in disengage.toml, keep what you change, and take out the rest:")
    typer.echo(f'  [papers]\n  templates = "{folder.name}"')


def _kind(given: str) -> Kind:
    from disengage.domain.complaints import nearest
    from disengage.papers.sheets import Kind

    try:
        return Kind(given)
    except ValueError:
        raise InputError(
            f"There is no paper '{given}'.{nearest(given, [str(kind) for kind in Kind])}",
            remedy=f"Ask for {_KINDS}.",
        ) from None


def _language(given: str) -> Language | None:
    from disengage.domain.request import Language

    try:
        return Language(given) if given else None
    except ValueError:
        known = ", ".join(Language)
        raise InputError(
            f"--language '{given}': papers are not written in this language.", remedy=f"Give one of: {known}."
        ) from None


def _make(order: Order, config: Path | None, as_json: bool) -> None:
    from disengage.papers.making import make

    with opened(config) as workplace:
        made = make(workplace, order)
    if made.spelled_out:
        sys.stderr.write(
            f"disengage: the typeface lacks {len(made.spelled_out)} of the characters; they are printed as numbers.\n"
        )
    if order.facts and made.no_tipping_off:
        sys.stderr.write("disengage: this case must not tip anybody off; the facts are printed as you gave them.\n")
    print_json(made.model_dump(mode="json")) if as_json else typer.echo(_said(made))


def _said(made: Made) -> str:
    standing = "" if made.standing == "final" else f", {made.standing}: not final"
    inside = ", internal" if made.internal else ""
    return f"{made.file}: {made.paper} in {made.language}{inside}{standing}, {made.bytes} bytes, sha256 {made.sha256}"
