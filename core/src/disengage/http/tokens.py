"""Tokens that are asked for: renewed when they end or are refused, and by one thread for all that wait."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
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


class AskedToken(ABC):
    """A bearer token that a token endpoint gives; a subclass says with which words it is asked for.

    Share one object between clients that use the same credentials: they then share the token.

    Args:
        token_url: The token endpoint; https, or http to loopback.
        client: Client id and client secret.
        headers: Further headers of the token call; values may be secrets.
        extra: Further form fields (``scope`` and the like).
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        token_url: str,
        client: tuple[SecretText, SecretText],
        *,
        headers: Mapping[str, SecretText] | None = None,
        extra: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._client = checked_url("the token endpoint", token_url), client
        self.secrets = (*client, *(headers or {}).values())
        self._headers, self._extra = headers or {}, extra or {}
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

    @abstractmethod
    def _answered(self, connection: str, ask: Ask) -> bytes:
        """Ask for a token and return the answer; called by one thread at a time."""

    def _call_headers(self, connection: str) -> dict[str, str]:
        """Return the headers of the token call, with the client as ``Authorization: Basic``."""
        return {"Authorization": basic(connection, *self._client), **self._further(connection)}

    def _further(self, connection: str) -> dict[str, str]:
        return {name: reveal(connection, value) for name, value in self._headers.items()}

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
            token = self._dated(*read_token(connection, self._answered(connection, ask)))
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

    def _drop(self) -> None:
        """Use the token no more; a flight that is under way may still bring another."""
        with self._lock:
            self._token = None

    def _has_ended(self, token: _Token) -> bool:
        return token.ends is not None and self._clock() >= token.ends

    def _dated(self, value: str, life: float | None) -> _Token:
        early = min(_EARLY, life * _EARLY_PART) if life is not None else 0.0
        return _Token(value, None if life is None else self._clock() + life - early)


class ClientCredentials(AskedToken):
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
        client = basic or (client_id, client_secret)
        super().__init__(token_url, client, headers=headers, extra=extra, clock=clock)
        self._in_form = form

    def _answered(self, connection: str, ask: Ask) -> bytes:
        headers = self._further(connection) if self._in_form else self._call_headers(connection)
        return ask(self._url, headers, self._form()).content

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


def read_token(connection: str, content: bytes) -> tuple[str, float | None]:
    """Return token and life in seconds. An older page of one vendor shows the bare token as the answer."""
    try:
        value: Any = parse(content)
    except ValueError:
        value = content.decode("ascii", "replace").strip()
    fields = value if isinstance(value, dict) else {"access_token": value}
    token = fields.get("access_token")
    if not isinstance(token, str) or not (_BARE.fullmatch(token) if fields is not value else is_token(token)):
        message = f"{connection}: the token endpoint answered without a token."
        raise UnexpectedResponseError(message, sample=shape(content), remedy="Check the token endpoint.")
    return token, _life(fields.get("expires_in"), token)


def is_token(value: object) -> bool:
    """Return whether ``value`` can be a token: a text that can stand in a header."""
    return isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value


def read_refresh_token(connection: str, content: bytes) -> str | None:
    """Return the refresh token of an answer; None where it holds none.

    Raises:
        UnexpectedResponseError: What stands in its place can be no token.
    """
    try:
        fields = parse(content)
    except ValueError:
        return None
    token: Any = fields.get("refresh_token") if isinstance(fields, dict) else None
    if token in (None, ""):
        return None
    if not is_token(token):
        message = f"{connection}: the token endpoint answered with something that is no refresh token."
        raise UnexpectedResponseError(message, sample=shape(content), remedy="Check the token endpoint.")
    return str(token)


def secret_form(form: Mapping[str, str], *hidden: str) -> Body:
    """Return a form post of which ``hidden`` is never repeated."""
    return replace(body_of(form=form), echoes=hidden)


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
