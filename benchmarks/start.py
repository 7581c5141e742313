"""How soon the help page is there, against importing the two libraries that any such command line begins with."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Bound, Figure

_HELP = [str(Path(sys.executable).with_name("disengage")), "--help"]
_IMPORTS = [sys.executable, "-c", "import typer, rich"]


def measure(*, quick: bool) -> list[Figure]:
    """Run both in turn, many times."""
    rounds = 1 if quick else 15
    for command in (_HELP, _IMPORTS):
        _seconds(command)
    pairs = [(_seconds(_HELP), _seconds(_IMPORTS)) for _ in range(rounds)]
    figure = Figure(
        name="start",
        what="disengage --help, against python -c 'import typer, rich'; processes one after the other, interleaved",
        unit="s",
        ours=[ours for ours, _ in pairs],
        yardstick=[theirs for _, theirs in pairs],
        ratios=[ours / theirs for ours, theirs in pairs],
        bound=Bound() if quick else Bound(most=2.5),
    )
    return [figure]


def _seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started
