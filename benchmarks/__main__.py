"""``python -m benchmarks``: measure, print one table, and write the figures into benchmarks/results."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from benchmarks import bagging, demo_case, fan_out, figures, history, limit, pages, start, throughput, waiting, workers
from benchmarks.platform import ROOT

ALL: dict[str, Callable[..., list[figures.Figure]]] = {
    "start": start.measure,
    "fan-out": fan_out.measure,
    "throughput": throughput.measure,
    "demo-case": demo_case.measure,
    "waiting": waiting.measure,
    "history": history.measure,
    "bagging": bagging.measure,
    "workers": workers.measure,
    "limit": limit.measure,
    "pages": pages.measure,
}


def main() -> None:
    """Run what was asked for. A bound that is missed is shown, and is no error: machines differ."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever it started ends with it
    console = Console(width=None if Console().is_terminal else 150)
    found: list[figures.Figure] = []
    for name in asked.only or ALL:
        console.print(f"[dim]{name} …[/]", highlight=False)
        found += ALL[name](quick=asked.quick)
    figures.show(found, console)
    file = figures.write(figures.document(found, quick=asked.quick), asked.results)
    console.print(f"\nWritten to {file}", highlight=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", choices=list(ALL), action="append", help=f"one of {', '.join(ALL)}")
    parser.add_argument(
        "--quick", action="store_true", help="a tiny form that shows that it works; its figures mean little"
    )
    folder = ROOT / "benchmarks" / "results"
    parser.add_argument("--results", type=Path, default=folder, help="the folder for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    main()
