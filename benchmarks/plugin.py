"""The connector for the platform that exists for measuring: four automatic verbs, all of which can be read back."""

# ruff: noqa: ARG002 -- a hook's arguments are fixed by its specification

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

from disengage import (
    Client,
    ConnectionSettings,
    Connector,
    ConnectorType,
    Done,
    Effect,
    Holder,
    Link,
    LinkState,
    Manifest,
    Operation,
    Provenance,
    Rate,
    Request,
    Sink,
    Url,
    Verb,
    VerbSpec,
    hookimpl,
)
from disengage.http import HttpClient

_CALLS = {
    "find_client": "GET /clients",
    "show_client": "GET /clients/{number}",
    "read_history": "GET /clients/{number}/history",
    "hand_over": "PUT /clients/{number}/administrator",
    "end_access": "PUT /clients/{number}/access",
    "sever": "DELETE /clients/{number}/link",
}


class BenchSettings(ConnectionSettings):
    """Where the platform is, and how many calls it allows in any second; 0: any number."""

    base_url: Url
    calls_per_second: int = 0


class Bench(Connector):
    """One connection; a call for every question and one for every change, as a thrifty vendor's API needs."""

    manifest = Manifest(
        platform="Bench",
        vendor="benchmarks",
        schemes=("number",),
        operations=tuple(
            Operation(name=name, call=call, provenance=Provenance.DOCUMENTED, changes=not call.startswith("GET"))
            for name, call in _CALLS.items()
        ),
        verbs=(
            VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("read_history",), effects=(Effect.REVERSIBLE,)),
            VerbSpec(verb=Verb.TRANSFER_ADMIN, operations=("hand_over",), moves=("administrator",)),
            VerbSpec(
                verb=Verb.END_ACCESS,
                operations=("end_access",),
                effects=(Effect.REMOVES_OUR_ACCESS, Effect.DATED),
                moves=("firm_access",),
            ),
            VerbSpec(verb=Verb.SEVER_LINK, operations=("sever",), effects=(Effect.IRREVERSIBLE,), moves=("linked",)),
        ),
    )
    settings: BenchSettings

    @cached_property
    def _http(self) -> HttpClient:
        url, allowed = self.settings.base_url, self.settings.calls_per_second
        return HttpClient(
            connection=self.around.connection,
            base_url=url,
            limiter=self.around.limiter if allowed else None,
            rates=(Rate(calls=allowed, seconds=1),) if allowed else (),
            limit_key=f"bench:{url}",
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @hookimpl
    def find_links(self, client: Client) -> Sequence[Link]:
        """Find the client by its number."""
        found = self._http.get("/clients", operation="find_client", params={"number": client.identifiers["number"]})
        return [Link(ref=entry["id"], name=client.name) for entry in found.json()]

    @hookimpl
    def observe(self, link: Link, request: Request) -> LinkState:
        """Read the client."""
        shown: dict[str, Any] = self._http.get(f"/clients/{link.ref}", operation="show_client").json()
        holder = Holder(shown["administrator"])
        return LinkState(
            linked=shown["linked"],
            administrator=holder,
            firm_access={user: day and date.fromisoformat(day) for user, day in shown["access"].items()},
            firm_is_administrator=holder is Holder.FIRM,
            client_administers=holder is Holder.CLIENT,
        )

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        """Return the link cut, the client in charge, and the firm's users gone."""
        access = dict.fromkeys(state.firm_access or {}, request.ending.ends_on)
        return LinkState(linked=False, administrator=Holder.CLIENT, firm_access=access)

    @hookimpl
    def retain_history(self, link: Link, request: Request, part: str, sink: Sink) -> Done:
        """Copy the history into one file."""
        path = f"/clients/{link.ref}/history"
        with self._http.stream(path, operation="read_history") as chunks:
            sink.write("history.csv", chunks, source=f"{self.settings.base_url}{path}")
        return Done()

    @hookimpl
    def transfer_admin(self, link: Link) -> Done:
        """Hand the administrator role over."""
        return self._change("PUT", link, "administrator", "hand_over")

    @hookimpl
    def end_access(self, link: Link, wanted: LinkState) -> Done:
        """Set the users' last day."""
        days = {user: str(day) for user, day in (wanted.firm_access or {}).items()}
        return self._change("PUT", link, "access", "end_access", days)

    @hookimpl
    def sever_link(self, link: Link) -> Done:
        """Cut the tie."""
        return self._change("DELETE", link, "link", "sever")

    def _change(self, method: str, link: Link, what: str, operation: str, body: Any = None) -> Done:
        self._http.call(method, f"/clients/{link.ref}/{what}", operation=operation, json=body)
        return Done(receipt=operation)


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector."""
    return [ConnectorType(name="bench", connector=Bench, settings_model=BenchSettings)]
