"""A platform's documents: as many as are asked for, each another one, served over loopback from a process of its own.

``python -m benchmarks.documents SIZE`` prints its address and serves until its input ends.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.aside import served_aside

#: How far apart in the one block of random bytes two documents begin.
_STEP = 61


class _Documents(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, size: int) -> None:
        super().__init__(("127.0.0.1", 0), _Document)
        self.size = size
        self.block = memoryview(random.Random(1).randbytes(size + _STEP * 20_000))


class _Document(BaseHTTPRequestHandler):
    server: _Documents
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Give the document whose number is the path."""
        begins = _STEP * int(self.path.strip("/"))
        self.send_response(200)
        self.send_header("Content-Type", "application/pdf")
        self.send_header("Content-Length", str(self.server.size))
        self.end_headers()
        self.wfile.write(self.server.block[begins : begins + self.server.size])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def documents(size: int) -> Iterator[str]:
    """Serve documents of so many bytes each for the length of the block; yield the address."""
    with served_aside("documents", size) as address:
        yield address


if __name__ == "__main__":
    serving = _Documents(int(sys.argv[1]))
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{serving.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
