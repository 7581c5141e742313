"""An environment of its own for a plugin's author: disengage installed from a built wheel, nothing of this checkout.

Third-party packages are those of the environment that the tests run in, made visible by links, so that no network is
needed; no connector of this checkout is among them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".uv" / "bin" / "uv"


@dataclass
class Environment:
    """One virtual environment in ``folder``."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Environment:
        """Make it, and install disengage as a wheel built from ``core``."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
        environment = cls(folder)
        third_party = folder / "third-party"
        third_party.mkdir()
        for entry in Path(sysconfig.get_path("purelib")).iterdir():
            if "disengage" not in entry.name:
                (third_party / entry.name).symlink_to(entry)
        (environment._packages / "third-party.pth").write_text(f"{third_party}\n", encoding="utf-8")
        environment.install(environment.built(ROOT / "core"))
        return environment

    @property
    def _packages(self) -> Path:
        (found,) = (self.folder / "env").glob("lib/python3*/site-packages")
        return found

    @property
    def variables(self) -> dict[str, str]:
        """What a shell has in which the environment is activated."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        path = f"{self.folder / 'env' / 'bin'}:{UV.parent}:{os.environ['PATH']}"
        ours = {"PATH": path, "VIRTUAL_ENV": str(self.folder / "env")}
        return kept | ours | {"UV_OFFLINE": "1", "UV_NO_CACHE": "1"}

    def built(self, project: Path) -> Path:
        """Build the wheel of a project, and return it."""
        folder = self.folder / "wheels" / project.name
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
        subprocess.run(command, cwd=project, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (wheel,) = folder.glob("*.whl")
        return wheel

    def install(self, wheel: Path) -> None:
        """Install a wheel, and nothing else."""
        self.run("uv", "pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel))

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """Run a command to its end, which must be a good one; return what it printed."""
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout
