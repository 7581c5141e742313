"""A daemon as one sees it from outside: its figures over HTTP, its memory and processor time from the system."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.installed import begun

#: Seconds until a daemon must have done what is waited for.
PATIENCE = 900.0


class Daemon:
    """A daemon that is running.

    Args:
        pid: Its process.
        url: Where it serves its figures.
    """

    def __init__(self, pid: int, url: str) -> None:
        self._pid, self._url, self._begun = pid, url, time.monotonic()

    def figures(self) -> dict[str, float]:
        """Return its figures, without labels that have but one value; nothing while it does not answer."""
        try:
            lines = httpx.get(f"{self._url}/metrics", timeout=60).text.splitlines()
        except httpx.TransportError:
            return {}
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[0] != "#"}

    def when(self, true: Callable[[dict[str, float]], bool]) -> float:
        """Wait until something is true of its figures; return how long after its start that was.

        Raises:
            TimeoutError: It took too long.
        """
        while time.monotonic() - self._begun < PATIENCE:
            found = self.figures()
            if found and true(found):
                return time.monotonic() - self._begun
            time.sleep(0.2)
        raise TimeoutError(str(self.figures()))

    def processor_seconds(self) -> float:
        """Return how long it has run on a processor so far."""
        fields = Path(f"/proc/{self._pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        """Return how much memory it has now."""
        lines = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii").splitlines()
        (size,) = (line for line in lines if line.startswith("VmRSS:"))
        return int(size.split()[1]) / 1024


@contextmanager
def a_daemon(folder: Path) -> Iterator[Daemon]:
    """Run a daemon on the configuration in ``folder`` for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = begun(folder, "daemon", "--health-port", str(port), into=folder / "daemon.log")
    try:
        yield Daemon(process.pid, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=60)
