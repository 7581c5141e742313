"""OAuth 2.0 authorization code (RFC 6749, section 4.1) with PKCE (RFC 7636): a person lets us in.

What comes of it is a refresh token, which is used by ``refresh.py``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from disengage.connector import Visit
from disengage.errors import CredentialsError, UnexpectedResponseError
from disengage.http.addresses import checked_url
from disengage.http.auth import basic
from disengage.http.calls import SecretText, plain
from disengage.http.client import HttpClient
from disengage.http.redact import redact
from disengage.http.tokens import read_refresh_token, read_token, secret_form
from disengage.http.words import shape

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
    connection = client.connection
    page, tokens = checked_url(connection, authorize_url), checked_url(connection, token_url)
    headers = {"Authorization": basic(connection, client_id, client_secret)}  # before anybody is sent on a way in vain
    attempt = _Attempt(connection, visit.redirect_uri)
    asked = {**(extra or {}), **attempt.asked(client_id, scopes)}
    code = attempt.code(visit(str(page.copy_merge_params(asked))))
    form = secret_form(attempt.exchange(code), code, attempt.verifier, plain(client_secret))
    return _granted(connection, client.ask_token(tokens, headers, form).content)


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
    refresh, (access, _) = read_refresh_token(connection, content), read_token(connection, content)
    if refresh is None:
        raise UnexpectedResponseError(
            f"{connection}: the token endpoint answered without a refresh token.",
            sample=shape(content),
            remedy="Check that the scopes ask for one ('offline_access' on many platforms).",
        )
    return Granted(refresh, access)
