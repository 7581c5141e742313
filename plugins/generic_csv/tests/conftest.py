"""A firm's table in a folder, and a connection to it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from disengage import Firm, Link, LinkState, Proposal, Request, Surroundings, Verb
from disengage.domain.evidence import EvidenceFile
from disengage.domain.outcomes import Outcome
from disengage.domain.request import request_from
from disengage.http import MemoryLimiter
from disengage_generic_csv.connector import GenericCsv
from disengage_generic_csv.settings import GenericCsvSettings

CONFIGURATION = """
connector = "generic_csv"
clients = "clients.csv"
changes = "changes.csv"
delimiter = ";"

[columns]
reference = "Klantnummer"
name = "Naam"
status = "Klantstatus"
end_date = "Einde relatie"
billing_to = "Facturatie aan"

[values]
active = "Klant"
ended = "Geen klant meer"

[verbs]
sever_link = { status = "ended", end_date = "{ends_on}" }
settle_billing = { billing_to = "" }
"""
HEADINGS = "Klantnummer;Naam;Klantstatus;Einde relatie;Facturatie aan"
NORDLYS = "10042;Nordlys Kafé AS;Klant;;10000"


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


class Crm:
    """One firm's table: files in a folder, and short ways to ask the connection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configuration = tomllib.loads(CONFIGURATION)
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.export(NORDLYS)

    def export(self, *rows: str, headings: str = HEADINGS, encoding: str = "utf-8", newline: str = "\r\n") -> None:
        text = newline.join((headings, *rows, ""))
        (self.folder / "clients.csv").write_bytes(text.encode(encoding))

    def settings(self, **changes: Any) -> GenericCsvSettings:
        return GenericCsvSettings.model_validate({**self.configuration, **changes})

    def connection(self, **changes: Any) -> GenericCsv:
        surroundings = Surroundings(
            connection="crm",
            firm=Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo"),
            folder=self.folder,
            limiter=MemoryLimiter(),
            tokens=Tokens(),
            now=lambda: self.now,
        )
        return GenericCsv(self.settings(**changes), surroundings)

    @property
    def changes(self) -> str:
        path = self.folder / "changes.csv"
        return path.read_bytes().decode() if path.exists() else ""

    def request(self, *, options: dict[str, Any] | None = None, **client: Any) -> Request:
        given = {"name": "Nordlys Kafé AS", "country": "NO", "references": {"crm": "10042"}} | client
        return request_from(
            {
                "client": given,
                "ending": {
                    "reason": "moved-to-other-firm",
                    "ends_on": "2026-12-31",
                    "period": {"from": "2024-01-01", "to": "2026-12-31"},
                },
                "options": {"crm": {"keep_billing_to": False} if options is None else options},
            },
            "request",
        )

    def link(self, ref: str = "10042") -> Link:
        return Link(ref=ref, name="Nordlys Kafé AS")

    def observe(self, **changes: Any) -> LinkState:
        return self.connection(**changes).observe(self.link(), self.request())

    def propose(self, request: Request | None = None, **changes: Any) -> Proposal:
        request, connection = request or self.request(), self.connection(**changes)
        return connection.propose(self.link(), request, connection.observe(self.link(), request))

    def do(self, verb: Verb, request: Request | None = None, **changes: Any) -> Outcome:
        act = getattr(self.connection(**changes), str(verb))
        done: Outcome = act(self.link(), request or self.request())
        return done


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    return Crm(tmp_path)


@pytest.fixture
def copies() -> Copies:
    return Copies()
