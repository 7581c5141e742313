"""A Spiris on loopback, connections to it, requests, and a vault of nothing."""

from __future__ import annotations

import json
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from disengage import Firm, Link, LinkState, Proposal, Request, StepProposal, Surroundings
from disengage.domain.evidence import EvidenceFile
from disengage.domain.outcomes import Outcome
from disengage.domain.request import request_from
from disengage.http import MemoryLimiter
from disengage_spiris.connector import Spiris
from disengage_spiris.settings import SpirisSettings
from disengage_spiris.simulator import SpirisSimulator

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NUMBER = "5520000018"


class Tokens(dict[str, str]):
    """A token store in memory."""

    put = dict.__setitem__


class Kept:
    """A sink that keeps everything in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.sources: list[str] = []
        self.gaps: list[str] = []
        self.earlier: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        content = b"".join(chunks)
        assert name not in self.files
        self.files[name] = content
        self.sources.append(source)
        return EvidenceFile(name=name, sha256="", size=len(content))

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        return self.write(name, [json.dumps(value, ensure_ascii=False).encode()], source=source)

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:
        self.asked.append((name, source))
        return EvidenceFile(name=name, sha256="", size=0) if name in self.earlier else None

    def stated(self, name: str, count: int, *, source: str = "") -> None:
        self.counts[name] = count

    def gap(self, message: str) -> None:
        self.gaps.append(message)

    @property
    def text(self) -> str:
        return "\n".join([*self.files, *self.sources, *self.gaps]) + b"\n".join(self.files.values()).decode("latin-1")


class Account:
    """The firm's app: the simulated platform, and short ways to ask a connection to it."""

    def __init__(self, simulator: SpirisSimulator, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        self.tokens = Tokens()
        self._connections: list[Spiris] = []

    @property
    def company(self) -> Any:
        return self.simulator.companies[NUMBER]

    def settings(self, **changes: Any) -> SpirisSettings:
        configured = tomllib.loads(self.simulator.configuration(self.folder))
        return SpirisSettings.model_validate({**configured, **changes})

    def connection(self, **changes: Any) -> Spiris:
        around = Surroundings(
            connection="spiris",
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=self.folder,
            limiter=MemoryLimiter(),
            tokens=self.tokens,
            now=lambda: NOW,
        )
        self._connections.append(Spiris(self.settings(**changes), around))
        return self._connections[-1]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def request(
        self,
        solutions: Mapping[str, str] | None = None,
        *,
        client: dict[str, Any] | None = None,
        nobody: bool = False,
        period: dict[str, str] | None = None,
        **options: Any,
    ) -> Request:
        chosen = {"bookkeeping": "continue"} if solutions is None else dict(solutions)
        given = {"name": "Norrsken Kafé AB", "country": "SE", "identifiers": {"orgnr": NUMBER}} | (client or {})
        table = {
            "client": given,
            "ending": {
                "reason": "moved-to-other-firm",
                "ends_on": "2026-12-31",
                "period": period or {"from": "2025-01-01", "to": "2026-12-31"},
            },
            "options": {"spiris": {"solutions": chosen, **options}},
        }
        person = {"administrator": {"name": "Kari Nordmann", "email": "kari@norrsken.example"}}
        return request_from(table if nobody else table | person, "request.toml")

    def link(self, scope: str = "bookkeeping") -> Link:
        return Link(ref=NUMBER, scope=scope, name="Norrsken Kafé AB")

    def observe(self, scope: str = "bookkeeping", **changes: Any) -> LinkState:
        return self.connection(**changes).observe(self.link(scope), self.request())

    def propose(
        self, scope: str = "bookkeeping", request: Request | None = None, state: LinkState | None = None
    ) -> Proposal:
        seen = LinkState(linked=True) if state is None else state
        return self.connection().propose(self.link(scope), request or self.request(), seen)

    def step(self, key: str, scope: str = "bookkeeping", request: Request | None = None) -> StepProposal:
        return next(step for step in self.propose(scope, request).steps if step.key == key)

    def remove(self, part: str = "") -> Outcome:
        connection, request = self.connection(), self.request()
        seen = connection.observe(self.link(), request)
        wanted = connection.propose(self.link(), request, seen).wanted
        return connection.remove_extensions(self.link(), request, seen, wanted, part)

    def calls(self, method: str = "") -> list[str]:
        return [f"{e.method} {e.path}" for e in self.simulator.journal if method in ("", e.method)]


class Person:
    """Somebody who follows the page's redirect, as a browser would, up to our own loopback address."""

    redirect_uri = "http://127.0.0.1:1/back"

    def __init__(self, **changed: str) -> None:
        self.changed, self.page = changed, ""

    def __call__(self, url: str) -> Mapping[str, str]:
        self.page = url
        opener = urllib.request.build_opener(_Stays())
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(url)
        caught.value.close()
        location = urlsplit(caught.value.headers["Location"])
        assert f"{location.scheme}://{location.netloc}{location.path}" == self.redirect_uri
        return dict(parse_qsl(location.query)) | self.changed


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Account]]:
    """Start simulators; 22 November 2026."""
    with ExitStack() as stack:

        def start(**given: Any) -> Account:
            simulator = stack.enter_context(SpirisSimulator(**{"today": NOW.date(), **given}))
            for name, value in simulator.environment().items():
                monkeypatch.setenv(name, value)
            account = Account(simulator, tmp_path)
            stack.callback(account.close)
            return account

        yield start


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Spiris with one company, for tests that change nothing."""
    with SpirisSimulator(today=NOW.date()) as simulator, pytest.MonkeyPatch.context() as patch:
        for name, value in simulator.environment().items():
            patch.setenv(name, value)
        account = Account(simulator, tmp_path_factory.mktemp("standing"))
        yield account
        account.close()


@pytest.fixture
def account(simulate: Callable[..., Account]) -> Account:
    """Spiris with one company."""
    return simulate()


@pytest.fixture
def kept() -> Kept:
    """An empty sink."""
    return Kept()


@pytest.fixture
def person() -> type[Person]:
    """Somebody at the browser."""
    return Person
