"""Decide where a connection may call: its base address, and hosts named in its code. Nothing else, ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import httpx

from disengage.connector import is_loopback
from disengage.errors import ConfigurationError, PluginError, UnexpectedResponseError

Authority = tuple[str, str, int | None]


def checked_url(connection: str, url: str) -> httpx.URL:
    """Return ``url`` if it may be called at all.

    Raises:
        ConfigurationError: It is not https (or http to loopback), or carries a user.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if not _is_safe(parsed):
        raise ConfigurationError(
            f"{connection}: an address is not usable: it must begin with https:// and carry no user or password.",
            remedy="Correct the connection's addresses (http:// is accepted for loopback only).",
        )
    return parsed


def _is_safe(url: httpx.URL) -> bool:
    scheme = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host))
    return bool(url.host) and scheme and not url.userinfo


def _authority(url: httpx.URL) -> Authority:
    return url.scheme, url.host, url.port


class Addresses:
    """The addresses of one connection.

    Args:
        connection: Its name, for messages.
        base_url: Where paths begin; credentials go there only.
        also_hosts: Further hosts (``host`` or ``host:port``) that may be called, without credentials.
    """

    def __init__(self, connection: str, base_url: str, also_hosts: Iterable[str] = ()) -> None:
        self._connection = connection
        self._base = checked_url(connection, base_url.rstrip("/"))
        self._also = {(url.host, url.port) for url in map(self._also_url, also_hosts)}

    def _also_url(self, host: str) -> httpx.URL:
        return checked_url(self._connection, f"https://{host}")

    def of(self, operation: str, path: str, params: Mapping[str, Any] | None = None) -> httpx.URL:
        """Return the URL of ``path`` below the base, or of a whole URL to an allowed host.

        Raises:
            UnexpectedResponseError: It would leave the connection's addresses.
            PluginError: It is no URL.
        """
        try:
            url = self._joined(path)
        except httpx.InvalidURL:
            raise PluginError(f"{self._connection}: the path of {operation} is not usable.") from None
        if not self.allows(url) or (self.is_home(url) and not self._is_below(url)):
            raise self._outside(operation)
        return url.copy_merge_params({k: v for k, v in params.items() if v is not None}) if params else url

    def _joined(self, path: str) -> httpx.URL:
        if path.startswith(("https://", "http://")):
            return httpx.URL(path)
        whole = f"{self._base}/{path.lstrip('/')}" if path.strip("/") else str(self._base)
        return httpx.URL(whole)

    def _is_below(self, url: httpx.URL) -> bool:
        """Refuse a reference that climbs out of the base path, in clear or encoded."""
        inside = url.path.startswith(self._base.path.rstrip("/"))
        return inside and ".." not in unquote(url.path).split("/")

    def allows(self, url: httpx.URL) -> bool:
        """Return whether ``url`` may be called."""
        return _is_safe(url) and (self.is_home(url) or (url.host, url.port) in self._also)

    def is_home(self, url: httpx.URL) -> bool:
        """Return whether ``url`` is on the base host, so that credentials may go there."""
        return _authority(url) == _authority(self._base)

    def redirected(self, url: httpx.URL, location: str) -> httpx.URL | None:
        """Return where a redirect leads, or None where it may not be followed."""
        try:
            target = url.join(location)
        except httpx.InvalidURL:
            return None
        return target if location and self.allows(target) else None

    def _outside(self, operation: str) -> UnexpectedResponseError:
        return UnexpectedResponseError(
            f"{self._connection}: {operation} would leave the connection's own addresses and was not sent.",
            remedy="Check the client's reference and the platform's answer before.",
        )
