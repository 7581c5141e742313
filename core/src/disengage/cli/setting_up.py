"""Setting up: a configuration, plugins, credentials."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from disengage.cli.common import AsJson, Config, app, connectors_app, end, opened, print_json
from disengage.cli.ending import Exit
from disengage.errors import InputError


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
    with opened(file, create=True) as workplace:
        workplace.vault.prepare()
        made = {"config": str(file), "store": workplace.store.url, "vault": workplace.settings.vault.url}
    if as_json:
        print_json(made)
        return
    typer.echo(f"Wrote {file}, an empty store and an empty vault.")
    typer.echo("Next: fill in the firm and its connections, then 'disengage connectors check'.")


@connectors_app.callback(invoke_without_command=True)
def connectors(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Show what is installed, and whether credentials work."""
    if context.invoked_subcommand is not None:
        return
    from disengage.cli.catalogue import print_installed
    from disengage.engine.catalogue import installed

    document = installed(_settings_if_any(config))
    print_json(document) if as_json else print_installed(document)


@connectors_app.command("show")
def connectors_show(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one connector (or connection) with every operation, its source, and the by-hand instructions."""
    from disengage.cli.catalogue import print_one
    from disengage.engine.catalogue import one

    document = one(name, _settings_if_any(config))
    print_json(document) if as_json else print_one(document)


@connectors_app.command("check")
def connectors_check(
    connections: Annotated[list[str] | None, typer.Argument(metavar="[CONNECTION…]", show_default=False)] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Try the credentials of every connection, or of those named. Changes nothing."""
    from disengage.cli.catalogue import print_checks
    from disengage.engine.catalogue import check

    with opened(config, create=True) as workplace:
        results = check(workplace, connections or [])
    print_json({"connections": results}) if as_json else print_checks(results)
    end(Exit.DONE if all(result["ok"] for result in results) else Exit.FAILED)


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
    with opened(config, create=True) as workplace:
        visit = authorising.LoopbackVisit(connection, port=port, redirect_uri=redirect_uri, seconds=timeout, show=show)
        document = authorising.authorise(workplace, connection, company, visit)
    if as_json:
        print_json(document)
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
        print_json({"folder": str(folder), "files": files})
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
