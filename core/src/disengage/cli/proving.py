"""Proving: what was recorded, against itself, the vault and the platforms."""

from __future__ import annotations

from typing import Annotated

import typer

from disengage.cli.common import AsJson, Config, app, end, opened, print_json
from disengage.cli.ending import Exit


@app.command()
def verify(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE…]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Check log, bags and platforms against what was recorded."""
    from disengage.cli import screens
    from disengage.engine.verification import verify as verify_all

    with opened(config) as workplace:
        found = verify_all(workplace, cases or [])
    print_json(found.as_json()) if as_json else screens.verification(found)
    end(Exit.DIFFERENT if found.differences else Exit.DONE)
