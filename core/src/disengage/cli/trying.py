"""Trying it out: simulators, and the whole story told on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from disengage.cli.common import AsJson, Config, app, end
from disengage.errors import InputError


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
    end(tell(keep=keep))
