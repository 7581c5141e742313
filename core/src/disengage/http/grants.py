"""OAuth 2.0 authorization code (RFC 6749, section 4.1) with PKCE (RFC 7636), and the refresh tokens that it gives.

A refresh token is let in with by its holder, so it is kept, sealed, in the store. Platforms that rotate it give a new
one with every answer and forget the old one: what came back is on the disk before anything else is done with the
answer. A process that dies between the platform's answer and that moment, or an answer that is lost on the way,
loses the token; a person then has to let us in again. Nothing else does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from disengage.connector import TokenStore, Visit
from disengage.errors import CredentialsError, UnexpectedResponseError
from disengage.http.addresses import checked_url
from disengage.http.auth import Ask, basic
from disengage.http.calls import Body, SecretText, body_of, plain
from disengage.http.client import HttpClient
from disengage.http.redact import redact
from disengage.http.tokens import AskedToken, is_token, read_token
from disengage.http.words import parse, shape

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
            self._take_over(_refresh_token(connection, content) or token, standing)
            return content
        raise _died(connection)

    def _form(self, token: str) -> Body:
        form = {**self._extra, "grant_type": "refresh_token", "refresh_token": token}
        return _secret_form(form, token)

    def _worth_trying(self, connection: str) -> Iterator[tuple[str, str]]:
        """Yield refresh tokens, each with the one that stands in the store or the configuration at that moment."""
        first = self._kept.get(self._name) or self._configured()
        if not first:
            raise _missing(connection)
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

    def _configured(self) -> str:
        try:
            return (self._initial() or "").strip()
        except CredentialsError:  # there is nothing at its place: a kept token is as good
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


def _refresh_token(connection: str, content: bytes) -> str | None:
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


def _secret_form(form: Mapping[str, str], *hidden: str) -> Body:
    """Return a form post of which ``hidden`` is never repeated."""
    return replace(body_of(form=form), echoes=hidden)


# --- the grant ----------------------------------------------------------------------------------------------

_WORDS = {
    "access_denied": "access was denied there",
    "invalid_scope": "the platform does not give the scopes that were asked for",
    "unauthorized_client": "the platform does not let this client ask for access in this way",
    "unsupported_response_type": "the platform does not let this client ask for access in this way",
    "invalid_request": "the platform did not understand what was asked",
    "server_error": "the platform had a fault",
    "temporarily_unavailable": "the platform is not available for now",
}
_CUT = 200


@dataclass(frozen=True)
class Granted:
    """What a person granted.

    Attributes:
        refresh_token: To be kept (``RefreshToken.keep``).
        access_token: For the first look at whom we act for.
    """

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)


def authorise(
    visit: Visit,
    *,
    authorize_url: str,
    token_url: str,
    client_id: str,
    client_secret: SecretText,
    scopes: Sequence[str],
    client: HttpClient,
    extra: Mapping[str, str] | None = None,
) -> Granted:
    """Have a person let us in, and return what was granted.

    Args:
        visit: Sends the person to the platform's page and brings back what it said.
        authorize_url: That page; https, or http to loopback.
        token_url: The token endpoint; the same.
        client_id: Who we are there.
        client_secret: How we prove it, sent as ``Authorization: Basic``.
        scopes: What is asked for.
        client: Whose limits, timeouts, log and redaction hold for the exchange. It needs no ``auth``.
        extra: Further parameters of the page.

    Raises:
        CredentialsError: It was denied, nobody came back, or the answer belongs to another attempt.
        UnexpectedResponseError: The platform's answer holds no tokens.
    """
    attempt = _Attempt(client.connection, visit.redirect_uri)
    page = checked_url(client.connection, authorize_url)
    asked = attempt.asked(client_id, scopes)
    code = attempt.code(visit(str(page.copy_merge_params({**(extra or {}), **asked}))))
    headers = {"Authorization": basic(client.connection, client_id, client_secret)}
    form = _secret_form(attempt.exchange(code), code, attempt.verifier, plain(client_secret))
    content = client.ask_token(checked_url(client.connection, token_url), headers, form).content
    return _granted(client.connection, content)


class _Attempt:
    """One attempt to be let in: what must come back, and what proves that it was us who asked."""

    def __init__(self, connection: str, redirect_uri: str) -> None:
        self._connection, self._redirect_uri = connection, redirect_uri
        self._state, self.verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)

    def asked(self, client_id: str, scopes: Sequence[str]) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(scopes),
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }

    def code(self, back: Mapping[str, str]) -> str:
        """Return the code of an answer that belongs to this attempt."""
        if not hmac.compare_digest(back.get("state", "").encode(), self._state.encode()):
            raise self._refused("the answer does not belong to this attempt (its state is another, or missing)")
        if "error" in back:
            raise self._refused(self._why(back))
        if not back.get("code"):
            raise self._refused("the platform sent the person back without a code")
        return back["code"]

    def exchange(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": self.verifier,
        }

    def _why(self, back: Mapping[str, str]) -> str:
        """Return why the platform refused, in plain words and, redacted, its own."""
        known = [value for key, value in back.items() if key not in ("error", "error_description")]
        own = redact(back.get("error_description", ""), known).rstrip(".")[:_CUT]
        plainly = _WORDS.get(back["error"], "the platform refused it")
        return f"{plainly}: {own}" if own else plainly

    def _refused(self, why: str) -> CredentialsError:
        return CredentialsError(f"{self._connection}: nobody let us in: {why}.", remedy="Begin again.")


def _granted(connection: str, content: bytes) -> Granted:
    refresh, (access, _) = _refresh_token(connection, content), read_token(connection, content)
    if refresh is None:
        raise UnexpectedResponseError(
            f"{connection}: the token endpoint answered without a refresh token.",
            sample=shape(content),
            remedy="Check that the scopes ask for one ('offline_access' on many platforms).",
        )
    return Granted(refresh, access)
