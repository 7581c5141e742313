"""What the tests of this connector share: a simulator, connections to it, requests, and a vault of nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from disengage import Firm, Request, Surroundings
from disengage.domain.evidence import EvidenceFile
from disengage.domain.request import request_from
from disengage.http.limits import MemoryLimiter
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.settings import PowerOfficeSettings
from disengage_poweroffice.simulator import PowerOfficeSimulator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Unlimited(PowerOffice):
    """The connector without Go's limit, so that tests need not wait."""

    rates = ()


class Kept:
    """A sink that keeps everything in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.gaps: list[str] = []
        self.earlier: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        content = b"".join(chunks)
        assert name not in self.files
        assert source.startswith("GET /")
        self.files[name] = content
        return EvidenceFile(name=name, sha256="", size=len(content))

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        import json

        return self.write(name, [json.dumps(value).encode()], source=source)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:
        self.asked.append((name, source))
        return EvidenceFile(name=name, sha256="", size=0) if name in self.earlier else None

    def stated(self, name: str, count: int, *, source: str = "") -> None:
        self.counts[name] = count

    def gap(self, message: str) -> None:
        self.gaps.append(message)


class Tokens(dict[str, str]):
    """A token store."""

    def put(self, name: str, value: str) -> None:
        self[name] = value


@pytest.fixture
def simulate() -> Iterator[Callable[..., PowerOfficeSimulator]]:
    """Start simulators; 22 November 2026 in Norway, without a limit, unless told otherwise."""
    running: list[PowerOfficeSimulator] = []

    def start(**given: Any) -> PowerOfficeSimulator:
        running.append(PowerOfficeSimulator(**{"calls_per_second": 0, "today": NOW.date(), **given}))
        running[-1].start()
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def go(simulate: Callable[..., PowerOfficeSimulator]) -> PowerOfficeSimulator:
    """Go with one client."""
    return simulate()


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., PowerOffice]]:
    """Make connections to a simulator, with changes to what its configuration says."""
    made: list[PowerOffice] = []

    def make(
        simulator: PowerOfficeSimulator,
        kind: type[PowerOffice] = Unlimited,
        name: str = "go",
        now: Callable[[], datetime] = lambda: NOW,
        **changes: Any,
    ) -> PowerOffice:
        for variable, value in simulator.environment().items():
            monkeypatch.setenv(variable, value)
        table = tomllib.loads(simulator.configuration(tmp_path)) | changes
        around = Surroundings(
            connection=name,
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=tmp_path,
            limiter=MemoryLimiter(),
            tokens=Tokens(),
            now=now,
        )
        made.append(kind(PowerOfficeSettings.model_validate(table), around))
        return made[-1]

    yield make
    for connection in made:
        connection.close()


@pytest.fixture
def ask() -> Callable[..., Request]:
    """Make requests for Nordlys Kafé AS; options as keywords, None leaves one out."""

    def make(
        *,
        administrator: dict[str, str] | None = None,
        nobody: bool = False,
        client: dict[str, Any] | None = None,
        ends_on: date = date(2026, 12, 31),
        **options: Any,
    ) -> Request:
        chosen = {"generation_date": "2027-01-15"} | options
        person = administrator or {"name": "Kari Nordmann", "email": "kari@nordlys.example"}
        table = {
            "client": client or {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974760673"}},
            "ending": {
                "reason": "moved-to-other-firm",
                "ends_on": ends_on,
                "period": {"from": date(2024, 1, 1), "to": date(2026, 12, 31)},
            },
            "options": {"go": {name: value for name, value in chosen.items() if value is not None}},
        }
        return request_from(table if nobody else table | {"administrator": person}, "request.toml")

    return make


@pytest.fixture
def kept() -> Kept:
    """An empty sink."""
    return Kept()
