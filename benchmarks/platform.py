"""A platform that exists for measuring only: the same few calls for every client, with a latency of its own.

Run as a program it serves several of them from a process of its own, as real platforms would be, so that neither
side of a comparison shares an interpreter with it: ``python -m benchmarks.platform COUNT`` prints their URLs as JSON
and serves until its input ends.
"""

# ruff: noqa: ARG002 -- a route's arguments are fixed by the simulators' base class

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from disengage.testing import Call, Entry, Reply, Simulator, control, route

#: The repository's root, where ``python -m benchmarks`` is found.
ROOT = Path(__file__).resolve().parent.parent

_HISTORY = ("date;account;amount\n" + "2026-01-31;1920;100.00\n" * 400).encode()


class BenchPlatform(Simulator):
    """Knows every client that it is asked for; the client's number is its id."""

    name = "bench"

    def __init__(self, *, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        self._clients: dict[str, dict[str, Any]] = {}
        self._limit = 0
        self._lately: deque[float] = deque()

    def configuration(self, folder: Path) -> str:
        """Return what stands below the connection."""
        return f'connector = "bench"\nbase_url = "{self.url}"\n'

    @control
    def limit(self, calls: int) -> None:
        """Allow so many calls in any second from now on; 0: any number."""
        with self.lock:
            self._limit = calls

    def answer(self, call: Call) -> Reply:
        """Refuse what goes beyond the limit."""
        return self.error(429) if self._too_many() else super().answer(call)

    def _too_many(self) -> bool:
        """Count calls in half of the second, as PowerOffice's simulator does."""
        now = time.monotonic()
        with self.lock:
            while self._lately and self._lately[0] < now - 0.5:
                self._lately.popleft()
            self._lately.append(now)
            return bool(self._limit) and len(self._lately) > self._limit

    def _client(self, number: str) -> dict[str, Any]:
        with self.lock:
            fresh = {"id": number, "linked": True, "administrator": "firm", "access": {"u-1": None}}
            return self._clients.setdefault(number, fresh)

    def _changed(self, number: str, **fields: Any) -> Reply:
        with self.lock:
            self._client(number).update(fields)
        self.effect(f"{number} {' '.join(fields)}")
        return Reply(204)

    @route("GET", "/clients")
    def find(self, call: Call) -> Reply:
        """Find a client by its number."""
        return Reply(body=[{"id": call.query["number"]}])

    @route("GET", "/clients/{number}")
    def show(self, call: Call, number: str) -> Reply:
        """Show everything there is to see of a client."""
        with self.lock:
            return Reply(body=dict(self._client(number)))

    @route("GET", "/clients/{number}/history")
    def history(self, call: Call, number: str) -> Reply:
        """Give the client's history, a small table."""
        return Reply(200, _HISTORY, {"Content-Type": "text/csv"})

    @route("PUT", "/clients/{number}/administrator")
    def hand_over(self, call: Call, number: str) -> Reply:
        """Make the client's own person administrator."""
        return self._changed(number, administrator="client")

    @route("PUT", "/clients/{number}/access")
    def end_access(self, call: Call, number: str) -> Reply:
        """Set the last day of the firm's users."""
        return self._changed(number, access=call.json())

    @route("DELETE", "/clients/{number}/link")
    def sever(self, call: Call, number: str) -> Reply:
        """Cut the tie."""
        return self._changed(number, linked=False)


class Platforms:
    """The platforms of one process, as seen from outside.

    Attributes:
        urls: Their root URLs.
    """

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls

    def journals(self) -> list[list[Entry]]:
        """Return what each of them was asked so far."""
        return [[Entry(**line) for line in httpx.get(f"{url}/_simulator/journal").json()] for url in self.urls]

    def allow(self, calls: int) -> None:
        """Let each platform allow so many calls in any second from now on; 0: any number."""
        for url in self.urls:
            httpx.post(f"{url}/_simulator/do/limit", json={"calls": calls}).raise_for_status()

    def slow_down(self, milliseconds: float) -> None:
        """Let every call from now on take so much longer."""
        for url in self.urls:
            httpx.post(f"{url}/_simulator/faults", json={"spec": f"bench:latency={milliseconds}"}).raise_for_status()


@contextmanager
def platforms(count: int) -> Iterator[Platforms]:
    """Serve ``count`` platforms from a process of their own."""
    command = [sys.executable, "-m", "benchmarks.platform", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Platforms(json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def _serve(count: int) -> None:
    served = [BenchPlatform() for _ in range(count)]
    sys.stdout.write(json.dumps([platform.start() for platform in served]) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
