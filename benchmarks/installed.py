"""The real command in processes of its own, which find the connector for measuring installed beside the others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.platform import ROOT

#: The command line as it is installed.
DISENGAGE = str(Path(sys.executable).with_name("disengage"))


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which an installed ``disengage`` finds the connector ``bench``.

    Args:
        folder: Where what an installer would leave is written.
    """
    distribution = folder / "installed" / "disengage_bench-0.dist-info"
    distribution.mkdir(parents=True, exist_ok=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: disengage-bench\nVersion: 0\n")
    (distribution / "entry_points.txt").write_text("[disengage]\nbench = benchmarks.plugin\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(distribution.parent)])}


def begun(folder: Path, *arguments: str, into: Path | None = None) -> subprocess.Popen[str]:
    """Begin a command on the configuration in ``folder``; what it writes goes into a file, or nowhere."""
    command = [DISENGAGE, arguments[0], "--config", str(folder / "disengage.toml"), *arguments[1:]]
    with (into or Path(os.devnull)).open("w", encoding="utf-8") as out:
        return subprocess.Popen(command, env=environment(folder), stdout=out, stderr=out, text=True)


def done(folder: Path, *arguments: str, env: Mapping[str, str]) -> str:
    """Carry out a command on the configuration in ``folder``; return what it printed.

    Raises:
        AssertionError: It ended with a fault, or was called wrongly.
    """
    command = [DISENGAGE, arguments[0], "--config", str(folder / "disengage.toml"), *arguments[1:]]
    found = subprocess.run(command, env=env, capture_output=True, text=True)
    assert found.returncode in (0, 4), found.stderr
    return found.stdout
