"""OpenID Connect as a relying party: authorization code with PKCE, and an ID token that is believed only when all fits.

The provider is found by discovery (OpenID Connect Discovery 1.0) and asked over the kit that connections use, so that
no proxy, redirect or certificate of somebody else's comes between. Nothing that it gives is kept: its tokens are read
and forgotten.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from disengage.errors import (
    ConfigurationError,
    CredentialsError,
    NotAllowedError,
    RejectedError,
    UnexpectedResponseError,
)
from disengage.http import HttpClient, Patience
from disengage.http.addresses import checked_url
from disengage.http.auth import basic
from disengage.http.tokens import secret_form
from disengage.store.arrivals import Arrival

if TYPE_CHECKING:
    from disengage.sections import OidcSettings

#: What the provider is called in messages and logs.
NAME = "sign-in"
#: Signatures that are believed: only such as the provider alone can make, which shared secrets are not.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
#: Seconds by which clocks may differ.
LEEWAY = 60
#: Letters of the provider's name for a person, at most (OpenID Connect Core, section 2).
LONGEST_SUBJECT = 255
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: Somebody waits in front of a browser.
_PATIENCE, _SECONDS, _MOST_BYTES = Patience(attempts=2, first=0.2, max_wait=1.0, total=5.0), 10.0, 1 << 20


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody, as far as it is needed here.

    Attributes:
        issuer: The provider, as it calls itself.
        subject: What it calls the person, for ever.
        every: All that it says.
    """

    issuer: str
    subject: str
    every: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a claim that is a text; empty where there is none."""
        value = self.every.get(name)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Return a claim that is a list of texts, or one text; empty where there is none."""
        value = self.every.get(name)
        return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


class Provider:
    """The identity provider of the firm, as it describes itself now.

    Args:
        settings: ``[web.oidc]``, with an issuer.

    Raises:
        ConnectorError: It cannot be reached, or does not describe itself as it should.
    """

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._told = _read(f"{settings.issuer}/.well-known/openid-configuration", "discovery")
        self.issuer = self._told.get("issuer")
        if not isinstance(self.issuer, str) or self.issuer.rstrip("/") != settings.issuer:
            raise _unexpected("it calls itself by another name than web.oidc.issuer")
        for name in _ENDPOINTS:
            self._address(name)

    def way_there(self, redirect_uri: str, there: str) -> tuple[str, str, Arrival]:
        """Return the address to send somebody to, the state that comes back, and what that is compared with.

        Args:
            redirect_uri: Where the provider sends people back to.
            there: Where the person wants to go.
        """
        arrival = Arrival(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(48), there=there)
        state = secrets.token_urlsafe(32)
        address = prepare_grant_uri(
            self._address("authorization_endpoint"),
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=self._scopes(),
            state=state,
            nonce=arrival.nonce,
            code_challenge=create_s256_code_challenge(arrival.verifier),
            code_challenge_method="S256",
        )
        return str(address), state, arrival

    def claims(self, code: str, redirect_uri: str, arrival: Arrival) -> Claims:
        """Return what the provider says of whoever came back with ``code``.

        Raises:
            NotAllowedError: The code, or the token that it gave, is not what it has to be.
            ConnectorError: The provider cannot be reached, or does not answer as it should.
        """
        given = self._exchanged(code, redirect_uri, arrival.verifier)
        claims = self._believed(given, arrival.nonce)
        wanted = {self._settings.username_claim, self._settings.roles_claim} - {""}
        if not wanted <= claims.keys() and isinstance(self._told.get("userinfo_endpoint"), str):
            claims = {**self._more(given, str(claims["sub"])), **claims}
        return Claims(str(self.issuer), str(claims["sub"]), claims)

    def _scopes(self) -> str:
        """Ask for groups where that is a word of the provider's own, and roles come from there."""
        offered = self._told.get("scopes_supported")
        groups = self._settings.roles_claim and isinstance(offered, list) and "groups" in offered
        return "openid profile groups" if groups else "openid profile"

    def _address(self, name: str) -> str:
        try:
            return str(checked_url(NAME, str(self._told.get(name, ""))))
        except ConfigurationError:
            raise _unexpected(f"its {name} is no address that may be called") from None

    def _exchanged(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """Exchange the code, which the provider takes once, for its tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers, proof = self._proof()
        address = self._address("token_endpoint")
        try:
            with _client(address) as client:
                body = secret_form({**form, **proof}, code, verifier, *proof.values())
                return _object(client.ask_token(checked_url(NAME, address), headers, body).json())
        except (CredentialsError, RejectedError):
            raise refused() from None

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return by which headers and fields we prove who we are, as the provider prefers it."""
        name, secret = self._settings.client_id, self._settings.client_secret
        if secret is None:
            return {}, {"client_id": name}
        ways = self._told.get("token_endpoint_auth_methods_supported")
        if isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways:
            return {}, {"client_id": name, "client_secret": secret.reveal()}
        return {"Authorization": basic(NAME, name, secret)}, {}

    def _believed(self, given: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return the claims of the ID token; whatever of OpenID Connect Core, section 3.1.3.7, does not hold, fails."""
        keys = _read(self._address("jwks_uri"), "keys")
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        asked = {"nonce": nonce, "client_id": self._settings.client_id, "access_token": given.get("access_token")}
        try:
            token = jwt.decode(str(given["id_token"]), KeySet.import_key_set(keys), algorithms=sorted(ALGORITHMS))  # type: ignore[arg-type]  # whatever it is, it is looked at there
            claims = CodeIDToken(token.claims, token.header, options, asked)
            claims.validate(leeway=LEEWAY)
        except (JoseError, KeyError, ValueError, TypeError):
            raise refused() from None
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT:
            raise refused()
        return dict(claims)

    def _more(self, given: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Return what the provider says elsewhere, if it is about the same person."""
        address = self._address("userinfo_endpoint")
        headers = {"Authorization": f"Bearer {given.get('access_token')}"}
        with _client(address) as client:
            more = _object(client.get("", operation="userinfo", headers=headers).json())
        if more.get("sub") != subject:
            raise refused()
        return more


def refused() -> NotAllowedError:
    """Return what is said where anything does not fit; which, is for nobody outside."""
    return NotAllowedError(
        "You could not be signed in: what the identity provider sent back does not fit what was asked.",
        remedy="Begin again. If that does not help, an administrator compares web.oidc with the provider's settings.",
    )


def _client(address: str) -> HttpClient:
    return HttpClient(NAME, address, timeout=_SECONDS, max_bytes=_MOST_BYTES, patience=_PATIENCE)


def _read(address: str, operation: str) -> dict[str, Any]:
    with _client(address) as client:
        return _object(client.get("", operation=operation).json())


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _unexpected("it answered with something else than an object")
    return given


def _unexpected(why: str) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"The identity provider cannot be used: {why}.", remedy="Compare web.oidc.issuer with the provider's settings."
    )
