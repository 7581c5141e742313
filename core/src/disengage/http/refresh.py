"""Access tokens for a refresh token (RFC 6749, section 6), which is kept, sealed, in the store.

Platforms that rotate it give a new one with every answer and forget the old one: what came back is on the disk before
anything else is done with the answer. A process that ends between the platform's answer and that moment, or an answer
that is lost on the way, loses the token; a person then has to let us in again. Nothing else does.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping

from disengage.connector import TokenStore
from disengage.errors import CredentialsError, DisengageError
from disengage.http.auth import Ask
from disengage.http.calls import Body, SecretText
from disengage.http.tokens import AskedToken, read_refresh_token, secret_form

#: Seconds to wait, each time, for another process to keep the token that it was just given.
_PAUSES = (0.0, 0.05, 0.2, 0.5)
_DEAD = "invalid_grant"


class RefreshToken(AskedToken):
    """An access token, asked for with a refresh token (RFC 6749, section 6) that may change every time.

    The refresh token is the one kept under ``name``, else the configured one. One that comes back and is another is
    kept before the access token is used anywhere; if it cannot be kept, the access token is not used. It is held
    meanwhile, and kept first the next time. So only the end of the process between the answer and the store, or an
    answer that never arrives, loses a rotated token.

    Where the platform refuses the token, another process may have been given a new one in this moment: the store is
    read again, for less than a second, and a changed token tried once. A configured token that is not the one that
    was configured when the kept one was kept is tried last: somebody put it there because the kept one had died.

    Args:
        token_url: The token endpoint; https, or http to loopback.
        basic: Client id and client secret, sent as ``Authorization: Basic``.
        initial: Reads the configured refresh token; None where there is none.
        kept: Where rotated tokens are kept.
        name: Under which word this one is.
        headers: Further headers of the token call; values may be secrets.
        extra: Further form fields.
        clock: Seconds that only grow.
        pause: What waits.
    """

    def __init__(
        self,
        token_url: str,
        *,
        basic: tuple[SecretText, SecretText],
        initial: Callable[[], str | None],
        kept: TokenStore,
        name: str,
        headers: Mapping[str, SecretText] | None = None,
        extra: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(token_url, basic, headers=headers, extra=extra, clock=clock)
        self._initial, self._kept, self._name, self._pause = initial, kept, name, pause
        self._held: tuple[str, str | None] | None = None

    def current(self) -> str | None:
        """Return the refresh token that would be used now, for its revocation; None where there is none."""
        return self._kept.get(self._name) or self._configured() or None

    def keep(self, token: str) -> None:
        """Keep a refresh token that a person granted, and use it from now on."""
        self._put(token)
        self._held = None
        self._drop()

    def _answered(self, connection: str, ask: Ask) -> bytes:
        self._keep_what_is_held()
        for token, standing in self._worth_trying(connection):
            try:
                content = ask(self._url, self._call_headers(connection), self._form(token)).content
            except CredentialsError as error:
                if error.code != _DEAD:
                    raise
                continue
            self._take_over(read_refresh_token(connection, content) or token, standing)
            return content
        raise _died(connection)

    def _form(self, token: str) -> Body:
        form = {**self._extra, "grant_type": "refresh_token", "refresh_token": token}
        return secret_form(form, token)

    def _worth_trying(self, connection: str) -> Iterator[tuple[str, str]]:
        """Yield refresh tokens, each with the one that stands in the store or the configuration at that moment."""
        first = self._kept.get(self._name) or self._only(connection)
        yield first, first
        later = self._changed(first)
        if later:
            yield later, later
        configured = self._configured()
        if configured not in ("", first, later) and self._is_news(configured):
            yield configured, later or first

    def _changed(self, before: str) -> str | None:
        """Return the token that another process kept meanwhile; None if none did."""
        for seconds in _PAUSES:
            self._pause(seconds)
            kept = self._kept.get(self._name)
            if kept and kept != before:
                return kept
        return None

    def _only(self, connection: str) -> str:
        """Return the configured token where none is kept."""
        try:
            configured = (self._initial() or "").strip()
        except CredentialsError:  # there is nothing at its place
            configured = ""
        if not configured:
            raise _missing(connection)
        return configured

    def _configured(self) -> str:
        """Return the configured token; none where it cannot be read, since a kept one is as good."""
        try:
            return (self._initial() or "").strip()
        except DisengageError:
            return ""

    def _take_over(self, works: str, standing: str) -> None:
        if works != standing:
            self._held = works, standing
            self._put(works)
            self._held = None

    def _keep_what_is_held(self) -> None:
        """Keep the token that could not be kept, unless somebody was granted a new one meanwhile."""
        if self._held:
            token, stood = self._held
            if (self._kept.get(self._name) or stood) == stood:
                self._put(token)
            self._held = None

    def _put(self, token: str) -> None:
        self._kept.put(self._name, token)
        if self._is_news(self._configured()):
            self._kept.put(self._mark, _digest(self._configured()))

    def _is_news(self, configured: str) -> bool:
        return self._kept.get(self._mark) != _digest(configured)

    @property
    def _mark(self) -> str:
        """Where the digest of the token is kept that was configured at that time."""
        return f"{self._name}, configured"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _died(connection: str) -> CredentialsError:
    return CredentialsError(
        f"{connection}: the platform does not accept the refresh token any more.",
        code=_DEAD,
        remedy=_again(connection),
    )


def _missing(connection: str) -> CredentialsError:
    return CredentialsError(
        f"{connection}: nobody has let us in: there is no refresh token, neither kept nor configured.",
        remedy=_again(connection),
    )


def _again(connection: str) -> str:
    return f"Let us in with 'disengage authorise {connection} --company KEY'."
