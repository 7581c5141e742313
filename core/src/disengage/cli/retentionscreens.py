"""What an accountant reads of retention; a rule that nobody verified is never shown as one that somebody did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from disengage.cli.screens import wide_console

_BASIS = {
    "law": "law",
    "secondary": "[yellow]secondary source[/]",
    "unopened": "[red]no source opened[/]",
}


def case(document: dict[str, Any]) -> None:
    """Print until when everything of a case must be kept, and why."""
    console = wide_console()
    until = document["until"]
    console.print(f"[bold]{escape(document['client'])}[/]  {document['case']}  ends on {document['ends_on']}")
    console.print(f"To be kept through [bold]{until}[/]." if until else "[bold]To be kept: no end is known.[/]")
    for hold in document["holds"]:
        console.print(f"[red]On hold[/] since {hold['since'][:10]}, by {escape(hold['by'])}: {escape(hold['reason'])}")
    console.print(_classes(document["classes"]))
    _rules(console, document["classes"])
    for kind in document["classes"]:
        _conditions(console, kind)
    for data in document["must_be_deleted"]:
        console.print(_must_go(data))
    for gap in document["gaps"]:
        console.print(f"[yellow]{escape(gap)}[/]")
    console.print(_bags(document["bags"]) if document["bags"] else "Nothing is kept of it in the vault.")
    for past in document["destroyed"]:
        console.print(_past(past))
    for approval in document["approvals"]:
        console.print(f"Destruction approved by {escape(approval['by'])} on {approval['at'][:10]}.")
    console.print(document["says"], style="dim")


def due(document: dict[str, Any]) -> None:
    """Print what is due on a day, and what each line asks for."""
    console = wide_console()
    console.print(f"[bold]May be destroyed[/] on {document['on']}, once two people approve it:")
    for found in document["may_be_destroyed"]:
        console.print(f"  {_who(found)}: {len(found['bags'])} bag(s); {escape(found['why'])}")
    _none(console, document["may_be_destroyed"])
    console.print("[bold]Must be deleted[/]:")
    for found in document["must_be_deleted"]:
        held = "  [red]on hold[/]" if found["holds"] else ""
        for data in found["data"]:
            console.print(f"  {_who(found)}: {_must_go(data)}{held}")
    _none(console, document["must_be_deleted"])
    console.print("[bold]On hold[/], and destroyed by nobody:")
    for found in document["on_hold"]:
        for hold in found["holds"]:
            console.print(f"  {_who(found)}: since {hold['since'][:10]}, {escape(hold['reason'])}")
    _none(console, document["on_hold"])
    console.print(document["says"], style="dim")


def holds(document: dict[str, Any]) -> None:
    """Print the holds that stand on a case."""
    console = wide_console()
    for hold in document["holds"]:
        console.print(
            f"{document['case']} is [red]on hold[/] ({hold['number']}) since {hold['since'][:10]}, "
            f"by {escape(hold['by'])}: {escape(hold['reason'])}"
        )
    if not document["holds"]:
        console.print(f"{document['case']} is not on hold.")


def decision(document: dict[str, Any]) -> None:
    """Print what an approval of destruction came to."""
    console = wide_console()
    done = document["destroyed"]
    if done:
        console.print(_past(done))
        return
    people = ", ".join(escape(approval["by"]) for approval in document["approvals"])
    console.print(f"Approved by {people}: the destruction of {len(document['bags'])} bag(s) of {document['case']}.")
    console.print("Nothing was destroyed yet: a second person approves with the same command.")


def _classes(classes: Sequence[dict[str, Any]]) -> Table:
    table = Table("class", "until", "why", "financial year ends: until")
    table.add_column("rule", overflow="fold")
    for kind in classes:
        years = [f"{term['year_end']}: {term['until']}" for term in kind["years"] if term["year_end"]]
        rule = kind["rule"]["id"] if kind["rule"] else ""
        table.add_row(kind["class"], kind["until"] or "not known", escape(kind["why"]), "\n".join(years), rule)
    return table


def _rules(console: Any, classes: Sequence[dict[str, Any]]) -> None:
    """Print on what each rule that counts rests; addresses whole, so that they can be opened."""
    console.print("[bold]What these rules rest on[/]")
    for rule in [kind["rule"] for kind in classes if kind["rule"]]:
        law = f"{rule['law']}; " if rule["law"] else ""
        own = "the firm's own rule; " if rule["own"] else ""
        signed = rule["verified_by_professional"] or "[yellow]no[/]"
        console.print(
            f"  {rule['id']}: {escape(law)}{own}{_BASIS[rule['basis']]}, as of {rule['as_of']}; "
            f"verified by a professional: {signed}",
            soft_wrap=True,
        )
        for source in filter(None, (rule["source"], *rule["further_sources"])):
            console.print(f"    {escape(source)}", soft_wrap=True)


def _conditions(console: Any, kind: dict[str, Any]) -> None:
    for words in kind["longer_if"]:
        console.print(f"  {kind['class']}: longer if … {escape(words)}")
    for term in kind["open"]:
        console.print(f"  {kind['class']}: {escape(term['why'])} ({term['rule']['id']})")


def _must_go(data: dict[str, Any]) -> str:
    held = data["held_by"]
    words = f"{data['class']} data must be deleted from {data['from']} on ({data['rule']['id']})"
    return f"{words}; {held['rule']} holds the same bags through {held['until']}" if held else words


def _bags(bags: Sequence[dict[str, Any]]) -> Table:
    table = Table("bag", "counts as holding", "until", "may be destroyed")
    for bag in bags:
        may = "[red]yes, by two people[/]" if bag["may_be_destroyed"] else "no"
        table.add_row(escape(bag["bag"]), ", ".join(bag["classes"]), bag["until"] or "not known", may)
    return table


def _past(past: dict[str, Any]) -> str:
    names = ", ".join(escape(bag) for bag in past["bags"])
    if not past["finished_at"]:
        return f"[red]Being destroyed[/] since {past['begun_at']}: {names}."
    return f"Destroyed on {past['finished_at'][:10]}: {names}. Certificate: {escape(past['certificate']['bag'])}"


def _who(found: dict[str, Any]) -> str:
    return f"{escape(found['client'])}  {found['case']}"


def _none(console: Any, found: Sequence[Any]) -> None:
    if not found:
        console.print("  nothing", style="dim")
