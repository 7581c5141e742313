"""Files behind an address that expires: its host is checked, it is fetched at once, and it is never written down.

The vendor: "This URL will expire and should not be stored"; host ``eaccountingstorage{cc}.vismaonline.com``
(changelog of autumn 2025, read 2026-11-22). Whoever has the address has the file, so that no error, no log line and
no bag holds it, and the call carries no credentials.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Self
from urllib.parse import SplitResult, urlsplit

from disengage import CredentialsError, RejectedError, Sink, Surroundings, UnexpectedResponseError
from disengage.connector import is_loopback
from disengage.http import HttpClient

from disengage_spiris.wire import FileRow

OPERATION = "temporary_file"
_HOST = re.compile(r"eaccountingstorage[a-z]*\.vismaonline\.com")

#: Reads the file's entry, with a fresh address in it.
Look = Callable[[], FileRow]


class ExpiredError(RejectedError):
    """The address does not open the file (any more)."""


class Storage:
    """The storage hosts of one copy in the making.

    Args:
        around: Of the connection.
        base_url: The API's base; only where it is on loopback may a file be there too.
    """

    def __init__(self, around: Surroundings, base_url: str) -> None:
        self._around = around
        self._on_loopback = is_loopback(urlsplit(base_url).hostname)
        self._clients: dict[str, HttpClient] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._open.close()

    def keep(self, sink: Sink, name: str, looks: tuple[Look, ...], source: str) -> None:
        """Write the file into ``sink`` in a stream, with the first of ``looks`` that leads to it.

        Raises:
            RejectedError: None does.
            UnexpectedResponseError: There is no address, it leads elsewhere, or there is nothing behind it.
        """
        for number, look in enumerate(looks, 1):
            try:
                with self._content(look().temporary_url) as chunks:
                    sink.write(name, _not_empty(chunks), source=source)
                    return
            except RejectedError:
                if number == len(looks):
                    raise

    @contextmanager
    def _content(self, url: str | None) -> Iterator[Iterator[bytes]]:
        stack = ExitStack()
        try:
            chunks = stack.enter_context(self._client(url or "").stream(url or "", operation=OPERATION))
        except (CredentialsError, RejectedError):
            message = f"{self._around.connection}: {OPERATION} was refused: the file's address has expired."
            raise ExpiredError(message, remedy="It is asked for anew when the copy is made again.") from None
        with stack:
            yield chunks

    def _client(self, url: str) -> HttpClient:
        origin = self._origin(url)
        if origin not in self._clients:
            client = HttpClient(connection=self._around.connection, base_url=origin, limiter=self._around.limiter)
            self._clients[origin] = self._open.enter_context(client)
        return self._clients[origin]

    def _origin(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            allowed = self._allows(parts)
        except ValueError:
            allowed = False
        if not allowed:
            raise UnexpectedResponseError(
                f"{self._around.connection}: {OPERATION} was not fetched: its address is missing, or leads to a host "
                "that is not Spiris' storage.",
                remedy="Do not fetch it by hand; ask Spiris' support.",
            )
        return f"{parts.scheme}://{parts.netloc}"

    def _allows(self, parts: SplitResult) -> bool:
        host = parts.hostname or ""
        if parts.username or parts.password:
            return False
        if self._on_loopback and is_loopback(host):
            return parts.scheme in ("http", "https") and parts.port != 0
        return parts.scheme == "https" and bool(_HOST.fullmatch(host)) and parts.port in (None, 443)


def _not_empty(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    if not first:
        raise UnexpectedResponseError(f"'{OPERATION}' gave a file with nothing in it.")
    yield first
    yield from chunks
