"""A platform that lets us in by OAuth 2.0 authorization code, with PKCE, and a person who visits it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from disengage.connector import TokenStore
from disengage.errors import StoreError
from disengage.testing import Call, Reply, Simulator, route

CLIENT, SECRET = "firm-client", "client-secret-Zq81LmPx"
Back = dict[str, str]


class OAuthServer(Simulator):
    """Gives codes to whoever asks for the one scope set it knows, and tokens for codes.

    Attributes:
        rotating: Whether every refresh gives a new refresh token and forgets the old one.
        repeats: Whether a reusable refresh token is repeated in every answer.
        denies: The error with which the page sends everybody back.
        says: What stands in every answer of the token endpoint instead of what should.
        refuses: The error with which the token endpoint refuses everybody.
        alive: The refresh tokens that are accepted.
        open: The access token that is accepted.
        asked: Every form the token endpoint received.
    """

    name = "oauth"

    def __init__(self) -> None:
        super().__init__()
        self.rotating, self.repeats = True, False
        self.denies: Back = {}
        self.says: dict[str, Any] = {}
        self.refuses = ""
        self.alive: set[str] = set()
        self.open = ""
        self.asked: list[dict[str, str]] = []
        self.visited: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._number = 0

    def forget_tokens(self) -> None:
        self.open = "none"

    @route("GET", "/authorize")
    def authorize(self, call: Call) -> Reply:
        with self.lock:
            self.visited.append(dict(call.query))
            if call.query["client_id"] != CLIENT or call.query["response_type"] != "code":
                return self.error(400)
            back = self.denies or {"code": self._coded(call.query)}
        return Reply(302, None, {"Location": f"{call.query['redirect_uri']}?{urlencode(back | _state(call))}"})

    def _coded(self, query: Mapping[str, str]) -> str:
        assert query["code_challenge_method"] == "S256"
        self._number += 1
        code = f"code-{self._number}-w7RkQ2vYt9"
        self._codes[code] = {"code_challenge": query["code_challenge"], "redirect_uri": query["redirect_uri"]}
        return code

    @route("POST", "/token")
    def token(self, call: Call) -> Reply:
        with self.lock:
            form = call.form()
            self.asked.append(form)
            if call.headers.get("Authorization") != f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}":
                return Reply(401, {"error": "invalid_client"})
            good = self._good_code(form) if form["grant_type"] == "authorization_code" else self._good_token(form)
            if self.refuses or not good:
                return _refusal(self.refuses or "invalid_grant", form)
            return self._tokens(form)

    def _good_code(self, form: dict[str, str]) -> bool:
        given = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode("ascii")).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return given == {"code_challenge": challenge, "redirect_uri": form["redirect_uri"]}

    def _good_token(self, form: dict[str, str]) -> bool:
        return form["refresh_token"] in self.alive

    def _tokens(self, form: dict[str, str]) -> Reply:
        self._number += 1
        self.open = f"access-{self._number}-Hj3nVb6sKc"
        answer = {"access_token": self.open, "token_type": "Bearer", "expires_in": 3600}
        old = form.get("refresh_token", "")
        if self.rotating or not old:
            self.alive.discard(old)
            answer["refresh_token"] = self.issue()
        elif self.repeats:
            answer["refresh_token"] = old
        return Reply(body=answer | self.says)

    def issue(self) -> str:
        """Return a new refresh token."""
        self._number += 1
        token = f"refresh-{self._number}-Xc5mTd8pWf"
        self.alive.add(token)
        return token

    @route("GET", "/v2/company")
    def company(self, call: Call) -> Reply:
        if call.headers.get("Authorization") != f"Bearer {self.open}":
            return Reply(401, {"message": "the token is not valid"})
        return Reply(body={"name": "Nordlys Kafé AS"})

    def paths(self) -> list[str]:
        """Return what was called, in its order, without queries."""
        return [entry.path.partition("?")[0] for entry in self.journal]


def _state(call: Call) -> Back:
    return {"state": call.query["state"]} if "state" in call.query else {}


def _refusal(error: str, form: dict[str, str]) -> Reply:
    """Refuse, and repeat what a careless platform might repeat."""
    words = " ".join(f"{key} {value}" for key, value in form.items() if key != "grant_type")
    return Reply(400, {"error": error, "error_description": f"{words} of {SECRET} is not accepted"})


class Person:
    """A visit by somebody who agrees to everything; ``change`` alters what the platform said on the way back."""

    redirect_uri = "http://127.0.0.1:9/callback"

    def __init__(self, change: Callable[[Back], Any] = lambda back: back) -> None:
        self._change = change

    def __call__(self, url: str) -> Mapping[str, str]:
        back = sent_back(url)
        assert back.startswith(f"{self.redirect_uri}?")
        return dict(self._change({name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}))


def fetched(url: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Return status, headers and text of what is at ``url``; redirects are not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(
        parts.hostname or "", parts.port, timeout=8
    )  # less than our server waits for a silent browser
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def sent_back(url: str) -> str:
    """Return the address to which the page at ``url`` sends a person who agrees."""
    status, headers, _ = fetched(url)
    assert status == 302
    return headers["Location"]


class Drawer(TokenStore):
    """Kept tokens in memory; ``jammed`` while it cannot be written to."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept
        self.jammed = False
        self.before_put: Callable[[], None] = lambda: None

    def get(self, name: str) -> str | None:
        return self.kept.get(name)

    def put(self, name: str, value: str) -> None:
        self.before_put()
        if self.jammed:
            raise StoreError("The store is locked.", remedy="Try again.")
        self.kept[name] = value
