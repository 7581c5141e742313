"""The capability table as a terminal shows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from disengage.engine.capabilities import NOTHING, ROWS, Capability, legend, rows

_COLOUR = {"automatic": "green", "by hand": "yellow", "not needed": "dim", NOTHING: "dim"}
#: The widest word of a cell is "+ automatic"; a column needs two more to stand apart.
_COLUMN = 13
_LEAST = 2


class CapabilityTable:
    """The table for a terminal; more platforms than fit side by side stand in tables below each other."""

    def __init__(self, title: str, columns: Sequence[Capability], *, legend: bool = True) -> None:
        self.title, self.columns, self.legend = title, columns, legend

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as there is room, and its legend."""
        room = options.max_width - max(len(verb) for verb in ROWS) - 1
        widths = [max(_COLUMN, len(column.name) + 2) for column in self.columns]
        fit = max(_LEAST, room // max(widths, default=_COLUMN))
        for start in range(0, len(self.columns), fit):
            yield self._part(start, start + fit)
        if self.legend:
            yield Text()
            yield _explained(legend(self.columns))

    def _part(self, start: int, end: int) -> Table:
        title = None if start else self.title
        table = Table(title=title, title_justify="left", title_style="bold", box=box.HORIZONTALS, padding=(0, 1, 0, 0))
        table.show_edge, table.show_lines = False, True
        for heading in ("verb", *(column.name for column in self.columns[start:end])):
            table.add_column(escape(heading), no_wrap=True)
        for verb, cells in rows(self.columns):
            table.add_row(str(verb), *map(_coloured, cells[start:end]))
        return table


def _coloured(cell: Sequence[str]) -> Text:
    text, colour = Text(), ""
    for line in cell:
        colour = _COLOUR.get(line.removeprefix("+ ").removeprefix("→ "), colour)
        text.append(f"{line}\n", colour)
    text.rstrip()
    return text


def _explained(words: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(style="dim")
    for word, meaning in words:
        table.add_row(word, meaning)
    return table
