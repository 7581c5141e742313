"""What ``verify`` shows: on a terminal how far it is, at the end what it found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from disengage.cli.screens import counted, wide_console
from disengage.engine.verification import Progress, Verification

#: Events from one drawing to the next.
_SELDOM = 500


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield what is told how far it is; it draws on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
        yield Drawn(bars)


class Drawn(Progress):
    """Draws bars; several threads may tell it.

    Args:
        bars: Rich's, begun already.
    """

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._events = bars.add_task("events", total=None, more="")
        self._bags: TaskID | None = None
        self._links: TaskID | None = None

    def events(self, done: int, total: int) -> None:
        """Draw how many events were checked; not each one, there may be millions."""
        if done % _SELDOM == 0 or done == total:
            self._bars.update(self._events, completed=done, total=total)

    def begin(self, bags: int) -> None:
        """Draw a bar for the bags."""
        self._bags = self._bars.add_task("bags", total=bags, more="")

    def bag(self, bags: int, size: int) -> None:
        """Draw how many bags, and how much, was read."""
        if self._bags is not None:
            self._bars.update(self._bags, completed=bags, more=decimal(size))

    def link(self, name: str) -> None:
        """Draw which link is observed."""
        if self._links is None:
            self._links = self._bars.add_task("links", total=None, more="")
        self._bars.update(self._links, advance=1, more=escape(name))


def verification(found: Verification) -> None:
    """Print what ``verify`` found."""
    console = wide_console()
    console.print(
        f"Checked: {counted(found.events, 'event')}, {counted(found.bags, 'bag')}, {counted(found.links, 'link')}."
    )
    if found.timestamps:
        console.print(f"Time stamps over the event log: {found.timestamps}.")
    for line in found.destroyed:
        console.print(f"[dim]destroyed[/]  {escape(line)}")
    for line in found.not_checked:
        console.print(f"[yellow]not checked[/]  {escape(line)}")
    for line in found.differences:
        console.print(f"[red]differs[/]  {escape(line)}")
    if not found.differences:
        console.print("[green]Everything agrees with what was recorded.[/]")
