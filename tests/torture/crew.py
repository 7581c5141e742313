"""Daemons that are started, killed, suspended and stopped as the world does it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
from collections.abc import Sequence
from threading import Event
from types import TracebackType
from typing import IO

from tests.office import COMMAND
from tests.torture.firm import Firm


class Crew:
    """A number of daemons on one store; each that ends is started again by whoever ended it.

    Args:
        firm: Whom they work for.
        size: How many.
        environment: Further environment variables.
        command: What is run.
    """

    def __init__(
        self, firm: Firm, size: int = 1, *, environment: dict[str, str] | None = None, command: Sequence[str] = COMMAND
    ) -> None:
        self.firm, self._size, self._command = firm, size, command
        self._environment = {**firm.environment, "PGCONNECT_TIMEOUT": "5", **(environment or {})}
        self.workers: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    def __enter__(self) -> Crew:
        for _ in range(self._size):
            self.add()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        for log in self._logs:
            log.close()

    def add(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start one more."""
        worker = self._started(environment)
        self.workers.append(worker)
        return worker

    def _started(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        log = (self.firm.folder / f"daemon-{len(self._logs) + 1}.log").open("wb")
        self._logs.append(log)
        return subprocess.Popen(
            [*self._command, "daemon"],
            cwd=self.firm.folder,
            env={**self._environment, **environment},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )

    def kill(self, number: int) -> None:
        """Kill one, and start another in its stead."""
        self.lose(number)
        self.workers.insert(number, self._started({}))

    def lose(self, number: int) -> None:
        """Kill one for good."""
        worker = self.workers.pop(number)
        worker.kill()
        worker.wait()

    def stop(self) -> list[int]:
        """Ask all to stop; return their exit codes."""
        for worker in self.workers:
            worker.terminate()
        return [worker.wait(60) for worker in self.workers]

    def suspend(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        self.workers[number].send_signal(signal.SIGCONT)

    def who_began(self, step: str) -> int:
        """Return which worker was the first to begin a step, of whichever case, before any was killed."""
        begun = []
        for number in range(len(self.workers)):
            lines = (self.firm.folder / f"daemon-{number + 1}.log").read_text(encoding="utf-8").splitlines()
            begun += [(json.loads(line)["timestamp"], number) for line in lines if f'"step": "{step}"' in line]
        return min(begun)[1]

    def first(self, event: str) -> str:
        """Return the first line about ``event`` that any of them logged; empty where there is none."""
        return next((line for line in self.said().splitlines() if f'"{event}"' in line), "")

    def said(self) -> str:
        """Return all that all of them logged."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.firm.folder.glob("daemon-*.log")))


class Killer:
    """Kills workers of a crew at random moments, from a thread of its own, until ``kills`` are done.

    Attributes:
        left: How many are left.
        struck: How many struck a worker in whose life a platform was called.
    """

    def __init__(self, crew: Crew, kills: int, pause: tuple[float, float], rng: random.Random) -> None:
        self._crew, self.left, self._pause, self._rng = crew, kills, pause, rng
        self.struck = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        seen = self._crew.firm.calls()
        while self.left and not self._over.wait(self._rng.uniform(*self._pause)):
            self._wait_for_a_call(seen)
            calls = self._crew.firm.calls()
            self._crew.kill(self._rng.randrange(len(self._crew.workers)))
            self.left -= 1
            self.struck += calls > seen
            seen = calls

    def _wait_for_a_call(self, seen: int) -> None:
        """Wait a while for a platform to be called, and a moment longer: before that there is little to disturb."""
        for _ in range(60):
            if self._crew.firm.calls() > seen or self._over.wait(0.1):
                break
        self._over.wait(self._rng.uniform(0, 0.3))


def the_seed() -> int:
    """Return the seed of this run, and say it: a failure is repeated with it."""
    seed = int(os.environ.get("DISENGAGE_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"DISENGAGE_SEED={seed}")  # noqa: T201 -- a failure is repeated with it
    return seed


def said(crew: Crew, event: str, times: int = 1) -> None:
    """Return as soon as the workers have said something so often."""
    for _ in range(2400):
        if crew.said().count(f'"{event}"') >= times:
            return
        Event().wait(0.05)
    raise AssertionError(crew.said()[-3000:])
