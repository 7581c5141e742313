"""The HTTP server under every simulator: it serves calls, and misbehaves where a fault says so."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from disengage.testing.faults import Fault
from disengage.testing.messages import Call, Reply

if TYPE_CHECKING:
    from disengage.testing.simulator import Simulator

_FAR_TOO_MUCH = 80 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """Serves one simulator on loopback.

    Args:
        simulator: Who answers.
        port: Where; 0 takes a free one.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, simulator: Simulator, port: int) -> None:
        self.simulator = simulator
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def start(self) -> None:
        """Serve on a thread of its own."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        """Stop serving: end every connection and take no more."""
        with suppress(OSError):  # wakes the serving thread at once where the system can
            self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection until it ends."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client that was killed in the middle of a call is no news."""


class Handler(BaseHTTPRequestHandler):
    """Serves the calls of one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body go out as one

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the names are the base class's
        """Print nothing."""

    def _serve(self) -> None:
        parts, owner = urlsplit(self.path), self.server.simulator
        length = int(self.headers.get("Content-Length") or 0)
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = cast("Mapping[str, str]", self.headers)
        call = Call(self.command, unquote(parts.path), query, headers, self.rfile.read(length))
        if call.path.startswith("/_simulator/"):
            self._send(owner.own(call))
            return
        latency, fault = owner.faults.choose(call.method, self.path)
        time.sleep(latency)
        self._call, self._query, self._fault = call, parts.query, fault.kind if fault else ""
        if fault:
            self._misbehave(call, fault)
        else:
            self._answer(owner.serve(call))

    def _journal(self, status: int) -> None:
        """Write the journal before the answer goes out, so that nobody can act on an answer not yet journalled."""
        self.server.simulator.record(self._call, self._query, status, self._fault)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815 -- the base class's names

    def _misbehave(self, call: Call, fault: Fault) -> None:
        owner = self.server.simulator
        if fault.kind == "reset":
            return self._reset()
        if fault.kind == "expired":
            owner.forget_tokens()
            return self._answer(owner.serve(call))
        if fault.kind.isdigit():
            return self._answer(owner.error(int(fault.kind), fault))
        if fault.kind == "redirect":
            return self._answer(Reply(302, None, {"Location": owner.elsewhere}))
        return self._spoil(owner.serve(call), fault)

    def _spoil(self, reply: Reply, fault: Fault) -> None:
        """Let what was asked happen, and spoil the answer."""
        if fault.kind == "lost":
            return self._reset()
        if fault.kind == "late":
            time.sleep((fault.value or 0) / 1000)
            return self._answer(reply)
        if fault.kind == "truncated":
            return self._truncate(reply)
        return self._answer(reply if reply.is_file else _garbled(reply, fault))

    def _answer(self, reply: Reply) -> None:
        self._journal(reply.status)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        content = reply.content()
        self.send_response(reply.status)
        if not any(name.lower() == "content-type" for name in reply.headers):
            self.send_header("Content-Type", "application/json")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD" and reply.status != 204:
            self.wfile.write(content)

    def _truncate(self, reply: Reply) -> None:
        content = reply.content() or b"{}"
        self._journal(0)
        self.send_response(reply.status if reply.status != 204 else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) + 10))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self._hang_up()

    def _reset(self) -> None:
        self._journal(0)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close hard: the client sees the connection reset, not an orderly end."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _garbled(reply: Reply, fault: Fault) -> Reply:
    """Return an answer that cannot be what was documented."""
    status = reply.status if reply.status != 204 else 200
    if fault.kind == "malformed":
        return Reply(status, b'{"broken": ', reply.headers)
    if fault.kind == "oversized":
        return Reply(200, b"[" + b" " * int(fault.value or _FAR_TOO_MUCH) + b"]")
    return Reply(status, _of_other_type(_value(reply), inside=bool(fault.value)))


def _value(reply: Reply) -> Any:
    try:
        return json.loads(reply.content())
    except ValueError:
        return None


def _of_other_type(value: Any, *, inside: bool) -> Any:
    """Return JSON of another type than ``value``, or with other types ``inside``."""
    if inside and isinstance(value, dict):
        return {key: 7 if isinstance(each, dict | list) else [7] for key, each in value.items()}
    if inside and isinstance(value, list):
        return [7 for _ in value]
    return [7] if isinstance(value, dict) else {"unexpected": 7}
