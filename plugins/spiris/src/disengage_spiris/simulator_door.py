"""The way into simulated Spiris: grants, tokens, limit, paging and the words of its errors.

As documented: the grant with its code of one use and five minutes, Basic at the token endpoint, access tokens of an
hour, rotated or reusable refresh tokens, the revocation, the error's body and codes, 600 calls a minute per endpoint
and "Try again in N seconds", the envelope with ``Meta``.

INFERRED, since no page says it: which HTTP status goes with which ErrorCode (403 for all that is about rights), that
PKCE is checked, that a revoked refresh token is ``invalid_grant`` while its access tokens live on, and that an unknown
token is answered 401 with 4005.
"""

from __future__ import annotations

import base64
import hashlib
import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from disengage.testing import Call, Fault, Reply, Simulator, route

from disengage_spiris import fiction
from disengage_spiris.fiction import SimulatedCompany

CLIENT_ID, CLIENT_SECRET = "fjord-app", "simulated-client-secret-7"
V2, PAYROLL = "/v2", "/payroll/v2"
_ACCESS_SECONDS, _CODE_SECONDS = 3600.0, 300.0
_STATUS = {2000: 400, 3000: 404, 4000: 409, 4005: 401, 4010: 429, 5000: 500, 5001: 503, 6000: 400}
_CODES = {400: 2000, 401: 4005, 403: 4005, 404: 3000, 409: 4000, 429: 4010, 500: 5000, 503: 5001}


@dataclass
class Asked:
    """What a person was sent to the authorise page with, and what came of it."""

    number: str
    challenge: str
    redirect_uri: str
    ends: float


@dataclass
class Grants:
    """Codes and tokens that were handed out: refresh token and access token → organisation number."""

    codes: dict[str, Asked] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    access: dict[str, tuple[str, float]] = field(default_factory=dict)
    count: int = 0

    def new(self, kind: str) -> str:
        """Return a token that looks like one, the same in every run."""
        self.count += 1
        return hashlib.sha256(f"{kind} {self.count}".encode()).hexdigest()


class Door(Simulator):
    """What every call passes.

    Args:
        clients: How many companies let the app in.
        rotating: Whether a refresh token is replaced each time it is used, as for older apps.
        page_size: Rows per page.
        paging: How a further page is asked for: ``skip`` ($skip, $top) or ``page`` ($page, $pagesize).
        calls_per_minute: The limit per endpoint; 0 for none.
        today: A fixed day instead of the clock's.
        faults: See ``disengage.testing.faults``.
        seed: Makes chance repeatable.
    """

    name: ClassVar[str] = "spiris"
    token_paths: ClassVar[tuple[str, ...]] = ("/connect/token",)
    planted = ("Kari Nordmann", "Ola Revisor")

    def __init__(
        self,
        *,
        clients: int = 1,
        rotating: bool = False,
        page_size: int = 50,
        paging: str = "skip",
        calls_per_minute: int = 600,
        today: date | None = None,
        faults: str = "",
        seed: int = 0,
    ) -> None:
        super().__init__(faults=faults, seed=seed)
        self.today = today or datetime.now(UTC).date()
        found = [fiction.a_company(n, self.today) for n in range(1, clients + 1)]
        self.companies = {company.number: company for company in found}
        self.rotating, self.page_size, self.paging, self.limit = rotating, page_size, paging, calls_per_minute
        self.grants = Grants(refresh={first_token(number): number for number in self.companies})
        self.visitor = found[0].number
        self.denies = False
        self._errors = 0
        self._calls: dict[str, deque[float]] = {}

    def forget_tokens(self) -> None:
        """End every access token; the refresh tokens stay."""
        with self.lock:
            self.grants.access.clear()

    # errors

    def refusal(self, code: int, message: str = "", status: int | None = None) -> Reply:
        """Return the vendor's error body."""
        self._errors += 1
        body = {
            "ErrorCode": code,
            "DeveloperErrorMessage": message or f"simulated {code}",
            "ErrorId": fiction.an_id(f"error {self._errors}"),
            "Errors": [],
        }
        return Reply(status or _STATUS.get(code, 403), body)

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Return Spiris' own error answer; how long to wait stands in its message only."""
        seconds = f"{fault.value:g}" if fault and fault.value is not None else "1"
        words = f"Rate limit exceeded. Try again in {seconds} seconds." if status == 429 else ""
        return self.refusal(_CODES.get(status, 5000 if status >= 500 else 2000), words, status)

    # every call

    def answer(self, call: Call) -> Reply:
        """Check limit and token before the call itself."""
        with self.lock:
            if not call.path.startswith((f"{V2}/", f"{PAYROLL}/")):
                return super().answer(call)
            wait = self._too_many(call)
            if wait:
                return self.refusal(4010, f"Rate limit exceeded. Try again in {wait} seconds.")
            return self._refused(call) or super().answer(call)

    def _too_many(self, call: Call) -> int:
        """Return how many seconds the caller has to wait; what is sent evenly does not arrive evenly, so count half."""
        endpoint, now = f"{call.method} {call.path}", time.monotonic()
        calls = self._calls.setdefault(endpoint, deque())
        while calls and calls[0] < now - 30:
            calls.popleft()
        calls.append(now)
        return math.ceil(calls[0] + 30 - now) if self.limit and len(calls) > self.limit else 0

    def _refused(self, call: Call) -> Reply | None:
        company = self.caller(call)
        if company is None:
            return self.refusal(4005)
        is_payroll = call.path.startswith(f"{PAYROLL}/")
        ended = ("payroll" if is_payroll else "bookkeeping") in company.ended
        if ended and company.granted_by == fiction.OFFICE:
            return self.refusal(4011, "The authenticated user has no access to the company.")
        first = call.path.removeprefix(PAYROLL if is_payroll else V2).split("/")[1]
        return self.refusal(company.refused[first]) if first in company.refused else None

    def caller(self, call: Call) -> SimulatedCompany | None:
        """Return the company whose token came with the call; None for a token that is unknown or old."""
        token = (call.headers.get("Authorization") or "").removeprefix("Bearer ")
        number, ends = self.grants.access.get(token, ("", 0.0))
        return self.companies.get(number) if time.monotonic() < ends else None

    def page(self, call: Call, rows: list[Any]) -> Reply:
        """Cut one page out of a list, in the envelope; a way of paging that is not ours is not heeded."""
        number, size = self._asked(call.query)
        meta = {
            "CurrentPage": number,
            "PageSize": size,
            "TotalNumberOfPages": -(-len(rows) // size),
            "TotalNumberOfResults": len(rows),
            "ServerTimeUtc": f"{self.today}T12:00:00Z",
        }
        return Reply(body={"Meta": meta, "Data": rows[(number - 1) * size : number * size]})

    def _asked(self, query: Mapping[str, str]) -> tuple[int, int]:
        if self.paging == "page":
            return int(query.get("$page", 1)), int(query.get("$pagesize", self.page_size))
        size = int(query.get("$top", self.page_size))
        return int(query.get("$skip", 0)) // size + 1, size

    # identity

    @route("GET", "/connect/authorize")
    def authorize(self, call: Call) -> Reply:
        """Send the person back, who has chosen ``visitor``'s company, or denies."""
        asked = call.query
        if asked.get("client_id") != CLIENT_ID or asked.get("response_type") != "code":
            return Reply(400, {"error": "invalid_request"})
        if asked.get("code_challenge_method") != "S256" or "ea:api" not in asked.get("scope", "").split():
            return Reply(400, {"error": "invalid_request"})
        back = {"state": asked.get("state", "")}
        if self.denies:
            return _to(asked["redirect_uri"], back | {"error": "access_denied"})
        code = self.grants.new("code")
        ends = time.monotonic() + _CODE_SECONDS
        self.grants.codes[code] = Asked(self.visitor, asked["code_challenge"], asked["redirect_uri"], ends)
        return _to(asked["redirect_uri"], back | {"code": code})

    @route("POST", "/connect/token")
    def token(self, call: Call) -> Reply:
        """Give tokens for a code or a refresh token."""
        form = call.form()
        if not _is_the_app(call):
            return Reply(401, {"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            number = self._by_code(form)
        elif form.get("grant_type") == "refresh_token":
            number = self._by_refresh(form.get("refresh_token", ""))
        else:
            return Reply(400, {"error": "unsupported_grant_type"})
        return self._tokens(number, form.get("refresh_token")) if number else Reply(400, {"error": "invalid_grant"})

    def _by_code(self, form: Mapping[str, str]) -> str:
        asked = self.grants.codes.pop(form.get("code", ""), None)
        if asked is None or asked.ends < time.monotonic() or asked.redirect_uri != form.get("redirect_uri"):
            return ""
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked.challenge
        return asked.number if proven else ""

    def _by_refresh(self, token: str) -> str:
        return self.grants.refresh.get(token, "")

    def _tokens(self, number: str, used: str | None) -> Reply:
        access = self.grants.new("access")
        self.grants.access[access] = (number, time.monotonic() + _ACCESS_SECONDS)
        refresh = used
        if used is None or self.rotating:
            self.grants.refresh.pop(used or "", None)
            refresh = self.grants.new("refresh")
            self.grants.refresh[refresh] = number
        body = {"access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh}
        return Reply(body=body)

    @route("POST", "/connect/revocation")
    def revocation(self, call: Call) -> Reply:
        """End a refresh token; one that is not there is as good as ended (RFC 7009)."""
        if not _is_the_app(call):
            return Reply(401, {"error": "invalid_client"})
        number = self.grants.refresh.pop(call.form().get("token", ""), None)
        if number:
            self.effect(f"{number} token revoked")
        return Reply(200)


def first_token(number: str) -> str:
    """Return the refresh token that a company gave before the simulation began."""
    return hashlib.sha256(f"refresh {number}".encode()).hexdigest()


def _is_the_app(call: Call) -> bool:
    expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    return call.headers.get("Authorization") == f"Basic {expected}"


def _to(uri: str, parameters: Mapping[str, str]) -> Reply:
    return Reply(302, None, {"Location": f"{uri}?{urlencode(parameters)}"})
