"""The yardstick of the pages: a table made by Starlette and Jinja, with nothing behind it, served as the pages are.

``python -m benchmarks.bare_page ROWS`` prints its address and serves until its input ends.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from benchmarks.aside import served_aside

_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1>
<table><thead><tr>{% for heading in headings %}<th>{{ heading }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}
<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></body></html>
"""
_HEADINGS = ("step", "state", "due", "effects", "proof", "outcome")


def application(rows: int) -> Starlette:
    """Return a site with one page: a table of so many rows."""
    template = Environment(autoescape=True).from_string(_PAGE)

    def made() -> str:
        cells = [(f"c1.step_{n}", "waiting", "2027-01-01", "irreversible", "receipt", f"said {n}") for n in range(rows)]
        return template.render(title="Nordlys Kafé AS", headings=_HEADINGS, rows=cells)

    async def page(request: Request) -> HTMLResponse:  # noqa: ARG001 -- Starlette's signature
        return HTMLResponse(await run_in_threadpool(made))

    return Starlette(routes=[Route("/", page)])


@contextmanager
def bare_page(rows: int) -> Iterator[str]:
    """Serve the page from a process of its own for the length of the block; yield its address."""
    with served_aside("bare_page", rows) as address:
        yield address


def main() -> None:
    """Serve until the input ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    configured = uvicorn.Config(application(int(sys.argv[1])), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(configured)
    serving = threading.Thread(target=server.run, args=([listening],))
    serving.start()
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}/\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.should_exit = True
    serving.join()


if __name__ == "__main__":
    main()
