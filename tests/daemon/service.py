"""A daemon as its service manager sees it: a process of its own, and what it says on a real socket."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any

from tests.cli.desk import Desk

#: Longest that anything is waited for; a slow machine is no failure.
PATIENCE = 60.0


def until(true: Callable[[], Any], what: str = "") -> Any:
    """Return what ``true`` returns as soon as that is true."""
    for _ in range(int(PATIENCE / 0.1)):
        found = true()
        if found:
            return found
        Event().wait(0.1)
    raise AssertionError(f"{what or true} does not become true")


class Manager:
    """A socket to which a service tells how it goes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._told: Queue[bytes] = Queue()
        # Read at once: the system keeps ten messages, and a service does not wait until there is room for more.
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):  # closed between two messages
            while told := self._socket.recv(4096):
                self._told.put(told)

    def next(self) -> dict[str, str]:
        """Return the next thing that was told."""
        return dict(line.split("=", 1) for line in self._told.get(timeout=PATIENCE).decode().splitlines())

    def expect(self, name: str) -> dict[str, str]:
        """Return the next thing that was told and holds ``name``."""
        while name not in (told := self.next()):
            pass
        return told

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Service:
    """A running daemon.

    Attributes:
        desk: The office it works for.
        process: The process.
        manager: Its service manager.
    """

    def __init__(self, desk: Desk, manager: Manager, *arguments: str, **environment: str) -> None:
        self.desk, self.manager = desk, manager
        desk.secrets.update({"NOTIFY_SOCKET": manager.address, **environment})
        self.process: subprocess.Popen[str] = desk.start("daemon", *arguments)

    def stop(self) -> tuple[int, list[dict[str, Any]]]:
        """Tell it to stop; return its exit code, and what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err, err
        return self.process.returncode, [json.loads(line) for line in err.splitlines()]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def serving(desk: Desk, *arguments: str, **environment: str) -> Iterator[Service]:
    """Give a daemon that is ready, and end it."""
    manager = Manager(str(desk.folder / "notify"))
    service = Service(desk, manager, *arguments, **environment)
    try:
        manager.expect("READY")
        yield service
    finally:
        if service.process.poll() is None:
            service.kill()
        manager.close()
        (desk.folder / "notify").unlink()


def configure(desk: Desk, **settings: Any) -> None:
    """Write the table ``[daemon]``."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in {"log": "json", **settings}.items()]
    desk.add_configuration("\n".join(["[daemon]", *lines]))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ask(port: int, path: str) -> tuple[int, str]:
    """Return status and text of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def request_of(desk: Desk, number: int, file: Path) -> None:
    """Write a request for client ``number`` of every simulator."""
    text = (desk.folder / "request.toml").read_text(encoding="utf-8")
    for simulator in desk.simulation.simulators.values():
        known: Any = simulator
        first, other = known.example(), known.client(number)
        text = text.replace(f'"{first["references"]}"', f'"{other["references"]}"').replace(
            first["name"], other["name"]
        )
        for scheme, value in first.get("identifiers", {}).items():
            text = text.replace(f'"{value}"', f'"{other["identifiers"][scheme]}"')
    file.write_text(text, encoding="utf-8")
