"""Tokens that are asked for: renewed when they end or are refused, and by one thread for all that wait."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from disengage.errors import DisengageError, RetryableError, UnexpectedResponseError
from disengage.http.addresses import checked_url
from disengage.http.auth import Ask, basic, reveal
from disengage.http.calls import Body, SecretText, body_of, plain
from disengage.http.words import parse, shape

#: A token is renewed this much before its end: seconds, and at most this part of its life.
_EARLY, _EARLY_PART = 30.0, 0.1
_BARE = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    ends: float | None


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749, section 4.4).

    Share one object between clients that use the same credentials: they then share the token.

    Args:
        token_url: The token endpoint; https, or http to loopback.
        basic: Client id and client secret, sent as ``Authorization: Basic``.
        form: Send client id and secret in the form instead.
        client_id: The same as ``basic``'s first, for ``form``.
        client_secret: The same as ``basic``'s second, for ``form``.
        headers: Further headers of the token call; values may be secrets.
        extra: Further form fields (``scope`` and the like).
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        token_url: str,
        *,
        basic: tuple[SecretText, SecretText] | None = None,
        form: bool = False,
        client_id: SecretText = "",
        client_secret: SecretText = "",
        headers: Mapping[str, SecretText] | None = None,
        extra: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = checked_url("the token endpoint", token_url)
        self._client = basic or (client_id, client_secret)
        self.secrets = (*self._client, *(headers or {}).values())
        self._in_form, self._headers, self._extra = form, headers or {}, extra or {}
        self._clock, self._lock = clock, threading.Lock()
        self._token: _Token | None = None
        self._flight: Future[_Token] | None = None

    def headers(self, connection: str, ask: Ask) -> dict[str, str]:
        """Return the token as a bearer, asked for where there is none or it has ended."""
        return {"Authorization": f"Bearer {self._current('', connection, ask).value}"}

    def renewed(self, refused: Mapping[str, str], connection: str, ask: Ask) -> bool:
        """Return True once there is another token than the refused one."""
        stale = refused.get("Authorization", "").removeprefix("Bearer ")
        return self._current(stale, connection, ask).value != stale

    def _current(self, stale: str, connection: str, ask: Ask) -> _Token:
        """Return a usable token; whoever comes first asks for it, and everybody else waits for that answer."""
        with self._lock:
            if self._token and self._token.value != stale and not self._has_ended(self._token):
                return self._token
            flight, leads = self._flight, self._flight is None
            if flight is None:
                flight = self._flight = Future()
        return self._lead(flight, connection, ask) if leads else _awaited(flight)

    def _lead(self, flight: Future[_Token], connection: str, ask: Ask) -> _Token:
        try:
            token = self._ask(connection, ask)
        except BaseException as error:
            self._land(None)
            flight.set_exception(error if isinstance(error, DisengageError) else _nobody_asked(connection))
            raise
        self._land(token)
        flight.set_result(token)
        return token

    def _land(self, token: _Token | None) -> None:
        with self._lock:
            self._token, self._flight = token, None

    def _has_ended(self, token: _Token) -> bool:
        return token.ends is not None and self._clock() >= token.ends

    def _ask(self, connection: str, ask: Ask) -> _Token:
        reply = ask(self._url, self._call_headers(connection), self._form())
        value, life = _read(connection, reply.content)
        early = min(_EARLY, life * _EARLY_PART) if life is not None else 0.0
        return _Token(value, None if life is None else self._clock() + life - early)

    def _call_headers(self, connection: str) -> dict[str, str]:
        headers = {name: reveal(connection, value) for name, value in self._headers.items()}
        return headers if self._in_form else {"Authorization": basic(connection, *self._client), **headers}

    def _form(self) -> Body:
        form = {"grant_type": "client_credentials", **self._extra}
        pair = dict(zip(("client_id", "client_secret"), map(plain, self._client), strict=True))
        return body_of(form=form | (pair if self._in_form else {}))


def _awaited(flight: Future[_Token]) -> _Token:
    """Wait for the leader; its error is raised as a copy, so that threads do not share a traceback."""
    try:
        return flight.result()
    except DisengageError as error:
        raise copy.copy(error) from None


def _nobody_asked(connection: str) -> RetryableError:
    return RetryableError(f"{connection}: asking for a token was broken off.", remedy="It is tried again later.")


def _read(connection: str, content: bytes) -> tuple[str, float | None]:
    """Return token and life in seconds. An older page of one vendor shows the bare token as the answer."""
    try:
        value: Any = parse(content)
    except ValueError:
        value = content.decode("ascii", "replace").strip()
    fields = value if isinstance(value, dict) else {"access_token": value}
    token = fields.get("access_token")
    if not isinstance(token, str) or not _is_token(token, bare=fields is not value):
        message = f"{connection}: the token endpoint answered without a token."
        raise UnexpectedResponseError(message, sample=shape(content), remedy="Check the token endpoint.")
    return token, _life(fields.get("expires_in"), token)


def _is_token(token: str, *, bare: bool) -> bool:
    return bool(_BARE.fullmatch(token)) if bare else token.isascii() and token.isprintable() and " " not in token


def _life(expires_in: Any, token: str) -> float | None:
    """Return the life the answer names, else the one in the token itself (``exp`` less ``iat``), else None."""
    try:
        return float(expires_in)
    except (TypeError, ValueError):
        return _life_in(token)


def _life_in(token: str) -> float | None:
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return float(claims["exp"]) - float(claims.get("iat", time.time()))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None
