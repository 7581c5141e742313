"""Serve the site with uvicorn: in the foreground, or beside the daemon on a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from disengage.errors import ConfigurationError
from disengage.web.site import Site

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace

#: Seconds that running requests are given when it ends.
PATIENCE = 5


class WebServer:
    """The site on a socket.

    Args:
        workplace: Settings, store, vault and registry.
        port: Where to listen; None: as configured; 0: a free one.

    Attributes:
        site: What is served.
        port: The port that is really listened at.
        url: Where a browser on this machine finds it.

    Raises:
        ConfigurationError: The address cannot be listened at.
    """

    def __init__(self, workplace: Workplace, port: int | None = None) -> None:
        settings = workplace.settings.web
        self.site = Site(workplace)
        application = self.site.application()
        self._socket = _listening(settings.host, settings.port if port is None else port)
        self.port = int(self._socket.getsockname()[1])
        self.url = settings.address(self.port)
        configured = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,  # addresses may hold what is nobody's business
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            proxy_headers=False,
            lifespan="off",
        )
        self._server = uvicorn.Server(configured)

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self._server.run([self._socket])

    def serve_aside(self) -> None:
        """Serve on a thread of its own, until closed."""
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True, name="web")
        self._thread.start()

    def close(self) -> None:
        """Stop serving aside."""
        self.site.live.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE + 1)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only on sockets that say TCP; otherwise each waits 40 ms for the other side
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()  # from now on whoever comes waits, instead of being turned away until all is loaded
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"The pages cannot be served at {host}, port {port}: {(error.strerror or 'not free').lower()}.",
            remedy="Name another one in web.port or with --port.",
        ) from None
    return listening
