"""An AuditCase on loopback, connections to it, and requests."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from disengage import Finding, Firm, Instructions, Link, LinkState, Proposal, Request, Severity, Surroundings, Verb
from disengage.domain.evidence import EvidenceFile
from disengage.domain.request import request_from
from disengage.http import MemoryLimiter
from disengage_auditcase.connector import AuditCase
from disengage_auditcase.settings import AuditCaseSettings
from disengage_auditcase.simulator import AuditCaseSimulator


class Tokens(dict[str, str]):
    """A token store in memory."""

    put = dict.__setitem__


class Copies:
    """A sink in memory."""

    def __init__(self) -> None:
        self.files: dict[str, Any] = {}
        self.gaps: list[str] = []

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        self.files[name] = b"".join(chunks)
        return EvidenceFile(name=name, sha256="", size=len(self.files[name]))

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        self.files[name] = value
        return EvidenceFile(name=name, sha256="", size=0)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:
        return None

    def stated(self, name: str, count: int, *, source: str = "") -> None:
        pass

    def gap(self, message: str) -> None:
        self.gaps.append(message)


class Office:
    """The firm's AuditCase: the simulated platform, and short ways to ask a connection to it."""

    def __init__(self, simulator: AuditCaseSimulator) -> None:
        self.simulator = simulator
        self._connections: list[AuditCase] = []

    def settings(self, **changes: Any) -> AuditCaseSettings:
        configured = tomllib.loads(self.simulator.configuration(Path()))
        return AuditCaseSettings.model_validate({**configured, **changes})

    def connection(self, **changes: Any) -> AuditCase:
        surroundings = Surroundings(
            connection="auditcase",
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=Path(),
            limiter=MemoryLimiter(),
            tokens=Tokens(),
        )
        self._connections.append(AuditCase(self.settings(**changes), surroundings))
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def request(self, *, options: dict[str, Any] | None = None, **client: Any) -> Request:
        given = {"name": "Nordlys Kafé AS", "country": "NO", "references": {"auditcase": "1001"}} | client
        return request_from(
            {
                "client": given,
                "ending": {
                    "reason": "moved-to-other-firm",
                    "ends_on": "2026-10-31",
                    "period": {"from": "2024-01-01", "to": "2026-10-31"},
                },
                "options": {"auditcase": {"keep_billing_to": False} if options is None else options},
            },
            "request",
        )

    @property
    def link(self) -> Link:
        return Link(ref="1001", name="Nordlys Kafé AS")

    def find(self, **client: Any) -> Sequence[Link]:
        return self.connection().find_links(self.request(**client).client)

    def observe(self, link: Link | None = None, **changes: Any) -> LinkState:
        return self.connection(**changes).observe(link or self.link, self.request())

    def findings(
        self, *, options: dict[str, Any] | None = None, version: str = "9.6", link: Link | None = None, **client: Any
    ) -> list[Finding]:
        connection, request = self.connection(version=version), self.request(options=options, **client)
        link = link or self.link
        return list(connection.check(link, request, connection.observe(link, request)))

    def codes(self, **given: Any) -> dict[str, Severity]:
        return {finding.code: finding.severity for finding in self.findings(**given)}

    def propose(self, **changes: Any) -> Proposal:
        connection, request = self.connection(**changes), self.request()
        return connection.propose(self.link, request, connection.observe(self.link, request))

    def instruct(
        self, verb: Verb, part: str = "", *, options: dict[str, Any] | None = None, version: str = "9.6"
    ) -> Instructions:
        found = self.connection(version=version).instruct(self.link, self.request(options=options), verb, part)
        assert found is not None
        return found

    def paths(self) -> list[str]:
        return [entry.path for entry in self.simulator.journal]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with AuditCaseSimulator(clients=3) as simulator:
        for name, value in simulator.environment().items():
            monkeypatch.setenv(name, value)
        office = Office(simulator)
        yield office
        office.close()


@pytest.fixture
def copies() -> Copies:
    return Copies()
