"""The command ``web``: the pages and the API, in the foreground or beside the daemon's work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from disengage.cli.common import Config, app

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace
    from disengage.web.serving import WebServer

#: Between two looks whether it is to stop, in seconds.
NAP = 0.5


@app.command()
def web(
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="The port; 0 takes a free one.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Serve the pages and the API, for browsers and programs. Does no work on platforms: that is the daemon's.

    As long as nobody can come in, it prints a link on stderr with which the first person does, once.
    """
    from disengage.cli.logs import set_up
    from disengage.cli.systemd import ServiceManager
    from disengage.engine.workplace import Workplace
    from disengage.settings import load

    settings = load(config)
    set_up(settings.daemon.log, "warning")
    manager = ServiceManager()
    with ExitStack() as stack:
        stopped = stack.enter_context(_signals())
        workplace = stack.enter_context(Workplace(settings, create=True))
        server = served(stack, workplace, port)
        for line in _greeting(workplace, server):
            typer.echo(line, err=True)
        manager.tell(READY="1", STATUS=f"Serving the pages at {server.url}.")
        while not stopped.wait(NAP):
            manager.alive()
        manager.tell(STOPPING="1")


def served(stack: ExitStack, workplace: Workplace, port: int | None = None) -> WebServer:
    """Serve on a thread of its own, until the stack is unwound.

    Raises:
        ConfigurationError: The address cannot be listened at.
    """
    from disengage.web.serving import WebServer  # takes a while to load

    server = WebServer(workplace, port)
    server.serve_aside()
    stack.callback(server.close)
    return server


def first_address(workplace: Workplace, server: WebServer) -> str | None:
    """Return a new link with which the first person comes in; None where somebody is there already."""
    from disengage.engine.accounts import first_link

    secret = first_link(workplace)
    return f"{workplace.settings.web.base_url or server.url}/welcome/{secret}" if secret else None


def _greeting(workplace: Workplace, server: WebServer) -> Iterator[str]:
    settings = workplace.settings.web
    yield f"The pages are at {settings.base_url or server.url}"
    first = first_address(workplace, server)
    if first:
        yield f"Nobody can come in yet. The first person comes in here, once, within 24 hours: {first}"
    if not settings.base_url and not is_loopback(settings.host):
        yield "Others can reach this without TLS: put a proxy that speaks it in front, and set web.base_url."
    yield "Steps are done by 'disengage daemon'; 'disengage daemon --web' is both in one. Stop with Ctrl-C."


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens there."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Have SIGTERM and SIGINT end it well."""
    stopped = threading.Event()

    def stop(number: int, frame: Any) -> None:  # noqa: ARG001 - the signal's signature
        stopped.set()

    before = {name: signal.signal(name, stop) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
