"""Handing over: the pack for the successor or the client, and what the other side signed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from disengage.cli.common import AsJson, By, CaseId, Config, app, opened, print_json
from disengage.errors import InputError

if TYPE_CHECKING:
    from disengage.engine.handover import To
    from disengage.engine.handoverpack import PackFormat

_KEY = "age1…, ssh-… or a file with keys."
_WITH = "A connection whose history is the firm's own, to be handed over too."


@app.command()
def handover(
    case: CaseId,
    by: By,
    receiver: Annotated[str, typer.Option("--to", help="successor or client.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; nothing may be there.")] = None,
    form: Annotated[str, typer.Option("--format", help="pdf, or original: the platforms' own formats.")] = "",
    consent: Annotated[str, typer.Option("--consent", help="The client's consent: a file, or words.")] = "",
    keys: Annotated[list[str] | None, typer.Option("--encrypt-to", help=_KEY)] = None,
    name: Annotated[str, typer.Option("--recipient", help="Who receives it, if not as requested.")] = "",
    connections: Annotated[list[str] | None, typer.Option("--with", help=_WITH)] = None,
    note: Annotated[str, typer.Option("--note", help="For the records only.")] = "",
    receipt: Annotated[Path | None, typer.Option("--confirm", help="The receipt that was signed.")] = None,
    received_by: Annotated[str, typer.Option("--received-by", help="Who signed it.")] = "",
    received_on: Annotated[str, typer.Option("--received-on", help="When, as 2026-12-31.")] = "",
    pack: Annotated[str, typer.Option("--pack", help="Of which pack, by its sha256; else the last one.")] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the pack that the successor or the client receives; with --confirm, record that it was received."""
    if receipt is not None:
        _confirm(config, case, by, receipt, received_by, received_on, pack, as_json=as_json)
        return
    if received_by or received_on or pack:
        raise InputError("--received-by, --received-on and --pack go with --confirm.", remedy="Give the signed file.")
    from disengage.engine.encrypting import recipients_from
    from disengage.engine.handover import Order, hand_over, record_consent

    order = Order(
        case=case, to=_to(receiver), by=by, out=_out(out), form=_form(form), recipient=name,
        recipients=recipients_from(keys or []), note=note, also=frozenset(connections or []),
    )  # fmt: skip
    with opened(config) as workplace:
        if consent:
            record_consent(workplace, case, by, consent)
        found = hand_over(workplace, order)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    how = ", encrypted" if found.encrypted else ""
    typer.echo(f"Wrote {found.file} for the {found.to}: {found.files} files, {found.bytes} bytes, {found.format}{how}.")
    typer.echo(f"sha256  {found.sha256}")
    for line in found.not_included:
        typer.echo(f"Not included: {line}")
    typer.echo(f"When it was received: disengage handover {found.case} --confirm FILE --received-by WHO --by {by}")


def _confirm(
    config: Path | None, case: str, by: str, file: Path, who: str, when: str, pack: str, *, as_json: bool
) -> None:
    from disengage.engine.handover import Receipt, confirm

    try:
        day = date.fromisoformat(when)
    except ValueError:
        raise InputError("--received-on is not a date.", remedy="Write it as 2026-12-31.") from None
    with opened(config) as workplace:
        found = confirm(workplace, case, by, Receipt(file=file, received_by=who, received_on=day, sha256=pack))
    if as_json:
        print_json(found)
        return
    typer.echo(f"Recorded: {by} states that the pack {found['sha256'][:16]}… was received on {day}.")


def _to(word: str) -> To:
    from disengage.engine.handover import To

    try:
        return To(word)
    except ValueError:
        raise InputError("--to is neither successor nor client.", remedy="Say who receives the pack.") from None


def _form(word: str) -> PackFormat | None:
    from disengage.engine.handoverpack import PackFormat

    try:
        return PackFormat(word) if word else None
    except ValueError:
        raise InputError("--format is neither pdf nor original.", remedy="Write one of the two, or none.") from None


def _out(path: Path | None) -> Path:
    if path is None:
        raise InputError("No file was named to write to.", remedy="Name it with --out FILE.")
    return path
