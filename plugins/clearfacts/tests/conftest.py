"""A ClearFacts on loopback with the mailbox of its support, connections to it, and requests."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from disengage import Finding, Firm, Link, LinkState, Proposal, Request, Surroundings
from disengage.domain.evidence import EvidenceFile
from disengage.domain.request import request_from
from disengage.http import MemoryLimiter, Patience
from disengage_clearfacts import api, fiction
from disengage_clearfacts.connector import ClearFacts
from disengage_clearfacts.settings import ClearFactsSettings
from disengage_clearfacts.simulator import ClearFactsSimulator

NUMBER = fiction.number(1)
MIGRATE = {"history": "migrate", "cost_accepted_by": "Ola Fjord"}
NOW = datetime(2027, 1, 4, 9, 30, tzinfo=UTC)


class Tokens(dict[str, str]):
    """A token store in memory."""

    put = dict.__setitem__


class Bag:
    """A sink in memory."""

    def __init__(self) -> None:
        self.files: dict[str, Any] = {}
        self.gaps: list[str] = []

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        self.files[name] = b"".join(chunks)
        return EvidenceFile(name=name, sha256="", size=0)

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        self.files[name] = value
        return EvidenceFile(name=name, sha256="", size=0)

    def gap(self, message: str) -> None:
        self.gaps.append(message)


class Account:
    """The firm's account: the simulated portal, and short ways to ask a connection to it."""

    def __init__(self, simulator: ClearFactsSimulator) -> None:
        self.simulator = simulator
        self.now = NOW
        self._connections: list[ClearFacts] = []

    def settings(self, **changes: Any) -> ClearFactsSettings:
        configured = tomllib.loads(self.simulator.configuration(Path()))
        return ClearFactsSettings.model_validate({**configured, **changes})

    def connection(self, **changes: Any) -> ClearFacts:
        surroundings = Surroundings(
            connection="portal",
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=Path(),
            limiter=MemoryLimiter(),
            tokens=Tokens(),
            now=lambda: self.now,
        )
        connection = ClearFacts(self.settings(**changes), surroundings)
        quick = Patience(attempts=2, first=0.001, max_wait=0.01)
        connection._http = api.connect(connection.settings, surroundings, (), quick)
        self._connections.append(connection)
        return connection

    def bag(self) -> Bag:
        return Bag()

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def request(
        self,
        options: dict[str, Any] | None = None,
        *,
        kind: str = "ending",
        successor: dict[str, str] | None = {"firm": "Ny Regnskap AS"},  # noqa: B006 -- only read
        **client: Any,
    ) -> Request:
        given = {"name": "Nordlys Kafé AS", "country": "BE", "identifiers": {"enterprise": NUMBER}} | client
        ending: dict[str, Any] = {
            "reason": "moved-to-other-firm",
            "ends_on": "2026-12-31",
            "period": {"from": "2024-01-01", "to": "2026-12-31"},
        }
        if successor:
            ending["successor"] = successor
        chosen = {"portal": MIGRATE if options is None else options}
        return request_from({"kind": kind, "client": given, "ending": ending, "options": chosen}, "request")

    @property
    def link(self) -> Link:
        return Link(ref=NUMBER, name="Nordlys Kafé AS")

    def observe(self, request: Request | None = None, link: Link | None = None) -> LinkState:
        return self.connection().observe(link or self.link, request or self.request())

    def check(self, request: Request, link: Link | None = None, state: LinkState | None = None) -> dict[str, Finding]:
        state = LinkState(linked=True) if state is None else state
        return {finding.code: finding for finding in self.connection().check(link or self.link, request, state)}

    def propose(self, request: Request, link: Link | None = None) -> Proposal:
        return self.connection().propose(link or self.link, request, LinkState(linked=True))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with ClearFactsSimulator(clients=3) as simulator:
        for name, value in simulator.environment().items():
            monkeypatch.setenv(name, value)
        account = Account(simulator)
        yield account
        account.close()
