"""A server of a benchmark's own, in another process, so that what it costs is not counted to whoever is measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served_aside(module: str, number: int) -> Iterator[str]:
    """Run a module that prints its address and serves until its input ends, for the length of the block.

    Args:
        module: Of this package.
        number: What it is told.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield process.stdout.readline().strip()
        process.stdin.close()
