"""What is installed, as a terminal shows it: connectors with their verbs, operations, sources; whether they work."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from disengage.cli.capabilities import CapabilityTable
from disengage.cli.screens import wide_console
from disengage.engine.capabilities import Capability

_HOW = {"automatic": "[green]automatic[/]", "by_hand": "[yellow]by hand[/]", "not_needed": "[dim]not needed[/]"}


def print_installed(document: dict[str, Any]) -> None:
    """Print verbs by platforms, what is broken, and what the configured connections can do."""
    console = wide_console()
    offered = [Capability(connector["name"], connector["verbs"]) for connector in document["connectors"]]
    console.print(CapabilityTable("what each connector does", offered) if offered else "No connector is installed.")
    for broken in document["broken"]:
        who = f"{broken['plugin']} ({broken['distribution']})"
        console.print(f"[red]broken[/]  {escape(who)}: {escape(broken['reason'])}", soft_wrap=True)
    _print_connections(console, document["connections"])
    console.print("\nEverything on one of them: disengage connectors show NAME")


def _print_connections(console: Console, connections: list[dict[str, Any]]) -> None:
    sound = [Capability(connection["name"], connection["verbs"]) for connection in connections if "verbs" in connection]
    if sound:
        console.print("", CapabilityTable("what your connections do", sound, legend=False), sep="\n")
    for connection in connections:
        if "reason" in connection:
            console.print(f"[red]connection {connection['name']}[/]: {escape(connection['reason'])}", soft_wrap=True)
        else:
            how = f"{connection['connector']}, trust {connection['trust']}"
            console.print(f"connection {connection['name']}: {how}", soft_wrap=True)


def _verbs(title: str, verbs: list[dict[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", expand=False)
    for heading in ("verb", "how", "known", "effects"):
        table.add_column(heading)
    for verb in verbs:
        name = f"{verb['verb']}:{verb['part']}" if verb["part"] else verb["verb"]
        table.add_row(name, _HOW[verb["mode"]], verb["provenance"] or "", " · ".join(verb["effects"]))
    return table


def print_one(document: dict[str, Any]) -> None:
    """Print one connector with its operations and instructions."""
    console = wide_console()
    console.print(_verbs(f"{document['name']} · {document['platform']} ({document['vendor']})", document["verbs"]))
    for verb in document["verbs"]:
        if verb["not_needed"]:
            console.print(f"[dim]{verb['verb']} is not needed: {escape(verb['not_needed'])}[/]", soft_wrap=True)
    table = Table(title="operations", title_justify="left", title_style="bold")
    for heading in ("operation", "call", "known", "read", "source"):
        table.add_column(heading, overflow="fold")
    for operation in document["operations"]:
        call = operation["call"] or "(configured by you)"
        table.add_row(operation["name"], call, operation["provenance"], operation["as_of"], operation["source"])
    console.print(table)
    for item in document["by_hand"]:
        console.print(f"\n[bold]{item['verb']} by hand[/]", highlight=False)
        console.print(item["text"], highlight=False, markup=False, soft_wrap=True)


def print_checks(results: list[dict[str, Any]]) -> None:
    """Print whether each connection let us in."""
    console = wide_console()
    for result in results:
        mark = "[green]ok[/]    " if result["ok"] else "[red]failed[/]"
        console.print(f"{mark} {result['connection']}: {escape(result['message'])}", soft_wrap=True, highlight=False)
        if result["remedy"]:
            console.print(f"       {escape(result['remedy'])}", soft_wrap=True, highlight=False)
    if not results:
        console.print("No connection is configured.")
