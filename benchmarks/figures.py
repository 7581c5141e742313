"""What a benchmark found: one ratio to a yardstick of the same run, how it scattered, and what stands behind it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Bound:
    """What a ratio should keep to: at least or at most so much."""

    least: float | None = None
    most: float | None = None

    def holds(self, ratio: float) -> bool:
        """Return whether a ratio keeps to it."""
        return (self.least is None or ratio >= self.least) and (self.most is None or ratio <= self.most)

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}" if self.most is not None else ""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: The benchmark's name.
        what: What was compared with what.
        unit: Of ``ours`` and ``yardstick``.
        ours: What disengage took, once a round.
        yardstick: What the yardstick took in the same round; empty where there is none.
        ratios: The ratio of each round, empty where there is no yardstick.
        bound: What it should keep to; none for a figure that only informs.
        details: What stands behind it.
    """

    name: str
    what: str
    unit: str
    ours: Sequence[float]
    yardstick: Sequence[float] = ()
    ratios: Sequence[float] = ()
    bound: Bound = Bound()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds; None where there is no yardstick."""
        return median(self.ratios) if self.ratios else None

    @property
    def met(self) -> bool | None:
        """Whether the bound holds; None where there is none."""
        return self.bound.holds(self.ratio) if str(self.bound) and self.ratio is not None else None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


def document(figures: Sequence[Figure], *, quick: bool) -> dict[str, Any]:
    """Return the figures with what one must know to read them."""
    machine = {"python": platform.python_version(), "processors": os.cpu_count(), "load": os.getloadavg()[0]}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "quick": quick, "machine": machine, "figures": [figure.as_json() for figure in figures]}


def write(found: dict[str, Any], folder: Path) -> Path:
    """Write the document into a file of its own and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{found['at'].replace(':', '').replace('+0000', 'Z')}.json"
    file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print one table of all figures, and one of what stands behind each."""
    table = Table(title="Ratios to a yardstick of the same run")
    for heading in ("benchmark", "ours", "yardstick", "ratio", "lowest to highest", "wanted", ""):
        table.add_column(heading, justify="left" if heading in ("benchmark", "") else "right")
    for figure in figures:
        table.add_row(*_row(figure))
    console.print(table)
    for figure in figures:
        console.print(f"[bold]{figure.name}[/]: {figure.what}", highlight=False)
        for key, value in figure.details.items():
            console.print(f"  {key}: {value}", highlight=False)


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "[green]met[/]", False: "[red]missed[/]", None: "[dim]for information[/]"}[figure.met]
    spread = f"{min(figure.ratios):.2f} to {max(figure.ratios):.2f}" if len(figure.ratios) > 1 else ""
    sides = (f"{median(side):.3g} {figure.unit}" if side else "" for side in (figure.ours, figure.yardstick))
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return figure.name, *sides, ratio, spread, str(figure.bound), verdict
