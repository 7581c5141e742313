"""The way to one company: its grant, and the doors of the two interfaces that the grant opens.

One OAuth grant is one company, so there is a token per company. It is shared by both interfaces.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from disengage import Rate, Surroundings
from disengage.connector import Limiter
from disengage.http import Answer, Basic, HttpClient, RefreshToken
from disengage.http.auth import Auth

from disengage_spiris import refusals
from disengage_spiris.marks import Marks
from disengage_spiris.settings import SpirisSettings

#: Per client and endpoint. Documented: https://developer.vismaonline.com/docs/rate-limits (2026-11-22)
RATES = (Rate(calls=600, seconds=60),)
#: Companies whose connections stay open while nobody uses them.
_KEPT_OPEN = 64


class _PerEndpoint:
    """Keeps the platform's limit for each endpoint by itself; every attempt counts, not only every call."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter, self._own = limiter, threading.local()

    def wait(self, key: str, rates: Sequence[Rate]) -> None:
        """Return when one more call to this thread's endpoint is within ``rates``."""
        self._limiter.wait(f"{key}:{getattr(self._own, 'endpoint', 'token')}", rates)

    @contextmanager
    def at(self, endpoint: str) -> Iterator[None]:
        """Count what this thread sends meanwhile under ``endpoint``."""
        self._own.endpoint = endpoint
        try:
            yield
        finally:
            del self._own.endpoint


class Door:
    """One interface of Spiris, within its limit, its refusals translated.

    Args:
        around: Of the connection.
        client_id: Whose limit it is.
        base_url: Where paths begin.
        auth: What lets us in.
    """

    def __init__(self, around: Surroundings, client_id: str, base_url: str, auth: Auth | None) -> None:
        self.connection, self._limits = around.connection, _PerEndpoint(around.limiter)
        self.http = HttpClient(
            connection=around.connection,
            base_url=base_url,
            auth=auth,
            limiter=self._limits,
            rates=RATES,
            # The limit is the app's: every company of the connection shares it.
            limit_key=f"spiris:{hashlib.sha256(client_id.encode()).hexdigest()[:24]}",
        )

    def get(self, operation: str, path: str, params: Any = None) -> Answer:
        """Read."""
        with self._limits.at(operation):
            answer = self.http.get(path, operation=operation, params=params, accept=refusals.READ_HERE)
        return refusals.checked(answer, self.connection, operation)

    def put(self, operation: str, path: str, body: Any) -> Answer:
        """Change."""
        with self._limits.at(operation):
            answer = self.http.call("PUT", path, operation=operation, json=body, accept=refusals.READ_HERE)
        return refusals.checked(answer, self.connection, operation, changes=True)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


class Company:
    """One company that let us in, or may have.

    Args:
        settings: Of the connection.
        around: Of the connection.
        number: The company's organisation number.
        is_given_back: We gave its token back: that it is refused is not because another process was given a new one.
    """

    def __init__(
        self, settings: SpirisSettings, around: Surroundings, number: str, *, is_given_back: bool = False
    ) -> None:
        self._settings, self._around, self.number = settings, around, number
        self.grant = RefreshToken(
            settings.token_url,
            basic=(settings.client_id, settings.client_secret),
            initial=self._configured,
            kept=around.tokens,
            name=f"refresh:{number}",
            pause=_at_once if is_given_back else time.sleep,
        )

    def _configured(self) -> str | None:
        secret = self._settings.companies.get(self.number)
        return secret.reveal() if secret else None

    @cached_property
    def books(self) -> Door:
        """Bookkeeping & Invoicing."""
        return Door(self._around, self._settings.client_id, self._settings.base_url, self.grant)

    @cached_property
    def payroll(self) -> Door:
        """Payroll."""
        return Door(self._around, self._settings.client_id, self._settings.payroll_url, self.grant)

    def close(self) -> None:
        """Close the connections."""
        for name in ("books", "payroll"):
            if name in self.__dict__:
                self.__dict__[name].close()


class Companies:
    """The companies of one connection; their connections stay open for a while, so that tokens are not asked anew."""

    def __init__(self, settings: SpirisSettings, around: Surroundings) -> None:
        self._settings, self._around = settings, around
        self._lock = threading.Lock()
        self._open: dict[str, Company] = {}
        self._users: dict[int, int] = {}

    @contextmanager
    def of(self, number: str) -> Iterator[Company]:
        """Hand out a company for as long as it is used."""
        with self._lock:
            company = self._open.pop(number, None) or self._new(number)
            self._open[number] = company
            self._users[id(company)] = self._users.get(id(company), 0) + 1
        try:
            yield company
        finally:
            self._let_go(company)

    def _new(self, number: str) -> Company:
        is_given_back = Marks(self._around).has("revoked", number)
        return Company(self._settings, self._around, number, is_given_back=is_given_back)

    def _let_go(self, company: Company) -> None:
        with self._lock:
            self._users[id(company)] -= 1
            idle = [c for c in self._open.values() if not self._users.get(id(c))]
            dropped = idle[: max(0, len(self._open) - _KEPT_OPEN)]
            if self._open.get(company.number) is not company and not self._users[id(company)]:
                dropped.append(company)
            for one in dropped:
                self._drop(one)

    def _drop(self, company: Company) -> None:
        if self._open.get(company.number) is company:
            del self._open[company.number]
        self._users.pop(id(company), None)
        company.close()

    def forget(self, number: str) -> None:
        """Let the next use of a company begin without an access token."""
        with self._lock:
            company = self._open.pop(number, None)
            if company and not self._users.get(id(company)):
                self._drop(company)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for company in list(self._open.values()):
                self._drop(company)


def _at_once(seconds: float) -> None:
    """Wait for nobody."""


def identity(settings: SpirisSettings, around: Surroundings, url: str) -> HttpClient:
    """Return a client of the identity host, let in as the app itself."""
    auth = Basic(settings.client_id, settings.client_secret)
    return HttpClient(connection=around.connection, base_url=url, auth=auth, limiter=around.limiter)
