"""A tiny platform, its simulator, and a connector to it that keeps the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from disengage import (
    Bring,
    BringKind,
    Client,
    ConnectionSettings,
    Connector,
    ConnectorType,
    Done,
    Effect,
    Instructions,
    Link,
    LinkState,
    Manifest,
    Operation,
    Provenance,
    Rate,
    Request,
    Secret,
    Sink,
    Surroundings,
    UnexpectedResponseError,
    Url,
    Verb,
    VerbSpec,
    hookimpl,
)
from disengage.domain.outcomes import Outcome
from disengage.http import Answer, Bearer, HttpClient
from disengage.testing import Call, Reply, Simulator, control, route

TOKEN = "tiny-secret-token-0001"
EMAIL = "ola.kontakt@tiny.example"
PERSONAL_NUMBER = "01020310045"
PAGE = {"source": "https://docs.tiny.example/api", "as_of": "2026-11-22"}
LIMIT = (Rate(calls=20, seconds=1),)


@dataclass
class Entry:
    """One client of the tiny platform."""

    id: str
    number: str
    linked: bool = True
    archived: bool = False

    def row(self) -> dict[str, Any]:
        shown = {"id": self.id, "number": self.number, "linked": self.linked, "archived": self.archived}
        return {**shown, "contact": {"mail": EMAIL, "nationalId": PERSONAL_NUMBER}}


class TinySimulator(Simulator):
    """Clients that can be archived, cut off and invited again."""

    name: ClassVar[str] = "tiny"
    rates: ClassVar[tuple[Rate, ...]] = LIMIT

    def __init__(self, *, clients: int = 1, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        self.entries = {f"c{n}": Entry(f"c{n}", f"9000{n}") for n in range(1, clients + 1)}

    def configuration(self, folder: Path) -> str:
        return f'connector = "tiny"\nbase_url = "{self.url}/api"\ntoken = {{ env = "TINY_TOKEN" }}\n'

    def environment(self) -> dict[str, str]:
        return {"TINY_TOKEN": TOKEN}

    def example(self) -> dict[str, Any]:
        return self.client(1)

    def client(self, n: int) -> dict[str, Any]:
        return {"references": f"c{n}", "identifiers": {"other": f"9000{n}"}}

    @control
    def lose(self, ref: str) -> None:
        self.entries[ref].linked = False

    @control
    def play(self, verb: str, part: str, ref: str, scope: str | None) -> None:
        """Leave no trace: what is done by hand cannot be seen."""

    def answer(self, call: Call) -> Reply:
        if call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.error(401)
        with self.lock:
            return super().answer(call)

    @route("GET", "/api/clients")
    def find(self, call: Call) -> Reply:
        found = [entry.row() for entry in self.entries.values() if entry.id == call.query.get("id")]
        return Reply(body={"clients": found})

    @route("GET", "/api/clients/{ref}")
    def show(self, call: Call, ref: str) -> Reply:
        return Reply(body=self.entries[ref].row()) if ref in self.entries else self.error(404)

    @route("GET", "/api/clients/{ref}/papers")
    def papers(self, call: Call, ref: str) -> Reply:
        return Reply(body={"papers": [f"balance of {ref}"]})

    @route("POST", "/api/clients/{ref}/archive")
    def archive(self, call: Call, ref: str) -> Reply:
        self.entries[ref].archived = True
        self.effect(f"{ref} archived")
        return Reply(204)

    @route("POST", "/api/clients/{ref}/cut")
    def cut(self, call: Call, ref: str) -> Reply:
        if not self.entries[ref].linked:
            return self.error(409)
        self.entries[ref].linked = False
        self.effect(f"{ref} cut")
        return Reply(body={"id": ref, "by": EMAIL})

    @route("POST", "/api/clients/{ref}/invite")
    def invite(self, call: Call, ref: str) -> Reply:
        self.effect(f"{ref} invited")
        return Reply(204)


class TinySettings(ConnectionSettings):
    """What may stand under ``[connections.NAME]``."""

    base_url: Url
    token: Secret


def documented(name: str, call: str, *, changes: bool = False) -> Operation:
    return Operation(name=name, call=call, changes=changes, provenance=Provenance.DOCUMENTED, **PAGE)


def by_hand(verb: Verb, **changes: Any) -> Instructions:
    given: dict[str, Any] = {
        "verb": verb,
        "title": "Do it in Tiny",
        "language": "nb",
        "steps": ("Åpne {client}.", "Velg Avslutt."),
        "steps_en": ("Open {client}.", "Choose End."),
        "bring": (Bring(key="seen_on", kind=BringKind.DATE),),
        **PAGE,
    }
    return Instructions(**given | changes)


OPERATIONS = (
    documented("find_client", "GET /clients"),
    documented("show_client", "GET /clients/{id}"),
    documented("list_papers", "GET /clients/{id}/papers"),
    documented("archive_client", "POST /clients/{id}/archive", changes=True),
    documented("cut_client", "POST /clients/{id}/cut", changes=True),
    documented("invite_client", "POST /clients/{id}/invite", changes=True),
)
VERBS = (
    VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("list_papers",), by_hand=by_hand(Verb.RETAIN_HISTORY)),
    VerbSpec(verb=Verb.TRANSFER_ADMIN, effects=(Effect.REVERSIBLE,), by_hand=by_hand(Verb.TRANSFER_ADMIN)),
    VerbSpec(verb=Verb.REMOVE_EXTENSIONS, not_needed="Tiny has none"),
    VerbSpec(verb=Verb.SETTLE_BILLING, not_needed="Tiny costs nothing"),
    VerbSpec(verb=Verb.END_ACCESS, not_needed="cutting ends it"),
    VerbSpec(
        verb=Verb.ARCHIVE,
        operations=("archive_client",),
        effects=(Effect.REVERSIBLE,),
        moves=("archived",),
        by_hand=by_hand(Verb.ARCHIVE),
    ),
    VerbSpec(
        verb=Verb.SEVER_LINK,
        operations=("cut_client",),
        effects=(Effect.IRREVERSIBLE,),
        moves=("linked",),
        by_hand=by_hand(Verb.SEVER_LINK),
    ),
    VerbSpec(
        verb=Verb.INVITE_BACK,
        operations=("invite_client",),
        effects=(Effect.NOTIFIES_CLIENT,),
        by_hand=by_hand(Verb.INVITE_BACK),
    ),
)
MANIFEST = Manifest(
    platform="Tiny",
    vendor="Tiny AS",
    operations=OPERATIONS,
    verbs=VERBS,
    consistency_delay=timedelta(0),
)


class Tiny(Connector):
    """A connector as it should be."""

    manifest = MANIFEST
    settings: TinySettings

    @hookimpl
    def try_credentials(self) -> str:
        self._row("GET", "/clients", "find_client", "clients", params={"id": "nobody"})
        return "the firm"

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        ref = client.references.get(self.around.connection, "")
        found = self._row("GET", "/clients", "find_client", "clients", params={"id": ref})["clients"]
        if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("id") == ref for row in found):
            raise UnexpectedResponseError("Tiny found something else than clients.")
        return [Link(ref=ref) for _ in found]

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        row = self._row("GET", f"/clients/{link.ref}", "show_client", "linked")
        if not isinstance(row["linked"], bool) or not isinstance(row.get("archived"), bool):
            raise UnexpectedResponseError("Tiny does not say whether the client is linked.")
        return LinkState(linked=row["linked"], archived=row["archived"])

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        return LinkState(linked=False, archived=True)

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Outcome:
        papers = self._row("GET", f"/clients/{link.ref}/papers", "list_papers", "papers")
        sink.write_json("papers.json", papers)
        return Done(receipt="1 file")

    @hookimpl
    def archive(self, link: Link, request: Request) -> Outcome:
        return self._post(link, "archive")

    @hookimpl
    def sever_link(self, link: Link, request: Request) -> Outcome:
        return self._post(link, "cut")

    @hookimpl
    def invite_back(self, link: Link, request: Request) -> Outcome:
        return self._post(link, "invite")

    # the way there

    def _post(self, link: Link, verb: str) -> Outcome:
        answer = self.http.call("POST", f"/clients/{link.ref}/{verb}", operation=f"{verb}_client")
        return Done(receipt=f"answered {answer.status}")

    def _row(self, method: str, path: str, operation: str, field: str, **given: Any) -> dict[str, Any]:
        row = self._get(path, operation, **given).json()
        if not isinstance(row, dict) or field not in row:
            raise UnexpectedResponseError(f"Tiny answered '{operation}' with something else.")
        return row

    def _get(self, path: str, operation: str, **given: Any) -> Answer:
        return self.http.get(path, operation=operation, **given)

    @cached_property
    def http(self) -> HttpClient:
        return connected(self.settings, self.around)

    def close(self) -> None:
        if "http" in self.__dict__:
            self.http.close()


def connected(settings: TinySettings, around: Surroundings, **changes: Any) -> HttpClient:
    given = {"auth": Bearer(settings.token), "limiter": around.limiter, "rates": LIMIT}
    return HttpClient(around.connection, settings.base_url, **given | changes)


def offered(connector: type[Connector]) -> ConnectorType:
    return ConnectorType(name="tiny", connector=connector, settings_model=TinySettings)


def revised(*, operations: dict[str, Any] | None = None, verbs: dict[Verb, dict[str, Any]] | None = None) -> Manifest:
    """Return the manifest with changes to some operations and verbs."""
    changes, others = operations or {}, verbs or {}
    return MANIFEST.model_copy(
        update={
            "operations": tuple(o.model_copy(update=changes.get(o.name, {})) for o in MANIFEST.operations),
            "verbs": tuple(v.model_copy(update=others.get(v.verb, {})) for v in MANIFEST.verbs),
        }
    )
