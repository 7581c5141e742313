"""A Banqup on loopback, connections to it, and requests."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage import Firm, Link, LinkState, Proposal, Request, Surroundings
from disengage.domain.request import request_from
from disengage.http import MemoryLimiter
from disengage_banqup.connector import Banqup
from disengage_banqup.settings import BanqupSettings
from disengage_banqup.simulator import BanqupSimulator


class Tokens(dict[str, str]):
    """A token store in memory."""

    put = dict.__setitem__


class Account:
    """The firm's account: the simulated platform, and short ways to ask a connection to it."""

    def __init__(self, simulator: BanqupSimulator) -> None:
        self.simulator = simulator
        self._connections: list[Banqup] = []

    def settings(self, **changes: Any) -> BanqupSettings:
        configured = tomllib.loads(self.simulator.configuration(Path()))
        return BanqupSettings.model_validate({**configured, **changes})

    def connection(self, name: str = "banqup", **changes: Any) -> Banqup:
        surroundings = Surroundings(
            connection=name,
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=Path(),
            limiter=MemoryLimiter(),
            tokens=Tokens(),
        )
        self._connections.append(Banqup(self.settings(**changes), surroundings))
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            if "_http" in connection.__dict__:
                connection._http.close()

    def request(self, **client: Any) -> Request:
        given = {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974760673"}} | client
        return request_from(
            {
                "client": given,
                "ending": {
                    "reason": "moved-to-other-firm",
                    "ends_on": "2026-12-31",
                    "period": {"from": "2024-01-01", "to": "2026-12-31"},
                },
            },
            "request",
        )

    @property
    def link(self) -> Link:
        return Link(ref="client-0001", name="Nordlys Kafé AS")

    def observe(self, link: Link | None = None, request: Request | None = None, **changes: Any) -> LinkState:
        return self.connection(**changes).observe(link or self.link, request or self.request())

    def propose(self, link: Link | None = None, request: Request | None = None, **changes: Any) -> Proposal:
        return self.connection(**changes).propose(link or self.link, request or self.request(), LinkState())


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with BanqupSimulator(clients=3) as simulator:
        for name, value in simulator.environment().items():
            monkeypatch.setenv(name, value)
        account = Account(simulator)
        yield account
        account.close()
