"""A Banqup on loopback.

As documented: the token endpoint's form and answer, ``users/me``, ``entitystore/v1/spaces``, the words of the status
page, and what archiving does (the link and all integrations end at once, the entry stays, it cannot be undone).

INFERRED, since the vendor publishes none of it: the paths below ``/simulated/``, the shape of clients and extensions
(that of the contract), every error body, 404 for an unknown client, 409 for what the status does not allow, and that
an archived client's extensions answer an empty list.
"""

from __future__ import annotations

import io
import secrets
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from disengage.testing import Call, Fault, Reply, Simulator, control, route

_SPACE = "space-fjord"
_APP = "app-fjord"
_SECRET = "simulated-app-key"  # noqa: S105 -- it opens nothing but this simulator
#: The newer of the vendor's two pages says five minutes.
_TOKEN_SECONDS = 300.0

_CLIENTS = "/simulated/v1/spaces/{space}/clients"
_CONFIGURATION = """\
connector = "banqup"
trust = "assumed"
base_url = "{url}"
client_id = "{app}"
client_secret = {{ env = "BANQUP_CLIENT_SECRET" }}
partner_space_id = "{space}"
operations.find_client = "GET {clients}?number={{identifier}}"
operations.archive_client = "POST {clients}/{{client_id}}/archive"
operations.invite_client = "POST {clients}/{{client_id}}/invite"
operations.list_extensions = "GET {clients}/{{client_id}}/extensions"
operations.delete_extension = "DELETE {clients}/{{client_id}}/extensions/{{extension_id}}"
"""


@dataclass
class SimulatedClient:
    """One entry of the partner space's client list."""

    id: str
    name: str
    number: str
    status: str = "Active"
    extensions: list[str] = field(default_factory=lambda: ["bookkeeping", "documents"])

    def row(self) -> dict[str, Any]:
        """Return the entry as the contract describes it."""
        return {"id": self.id, "name": self.name, "companyNumber": self.number, "status": self.status}


class BanqupSimulator(Simulator):
    """A firm with a partner space and as many fictitious clients as asked for; the first is Nordlys Kafé AS.

    Args:
        clients: How many.
        faults: As for every simulator.
        seed: As for every simulator.
    """

    name: ClassVar[str] = "banqup"
    token_paths: ClassVar[tuple[str, ...]] = ("/oauth2/client_credential/gettoken",)

    def __init__(self, *, clients: int = 1, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        self.clients = {client.id: client for client in map(_a_client, range(1, clients + 1))}
        self._tokens: dict[str, float] = {}

    # what `disengage simulate`, the demo and the tests ask

    def configuration(self, folder: Path) -> str:  # noqa: ARG002 -- nothing of Banqup lies in a folder
        """Return the TOML below ``[connections.NAME]``."""
        clients = _CLIENTS.replace("{space}", "{partner_space_id}")
        return _CONFIGURATION.format(url=self.url, app=_APP, space=_SPACE, clients=clients)

    def environment(self) -> dict[str, str]:
        """Return the variable that holds the app's key."""
        return {"BANQUP_CLIENT_SECRET": _SECRET}

    def example(self) -> dict[str, Any]:
        """Return what a request for Nordlys Kafé AS needs here."""
        return self.client(1)

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for client ``n`` needs here."""
        client = self.clients[_id(n)]
        return {
            "name": client.name,
            "country": "NO",
            "identifiers": {"orgnr": client.number},
            "references": client.id,
            "options": {},
        }

    @control
    def lose(self, client_id: str) -> None:
        """Let the client cut the link from its side; no effect of ours is recorded."""
        self._set(client_id, "Lost")

    @control
    def accept(self, client_id: str) -> None:
        """Let the client accept its invitation."""
        self._set(client_id, "Active")

    @control
    def set_status(self, client_id: str, status: str) -> None:
        """Give the client any status."""
        self._set(client_id, status)

    @control
    def sever(self, client_id: str) -> None:
        """Archive the client, as a person does in the Partner Space; see also ``play``."""
        with self.lock:
            self._archive(self.clients[client_id])

    @control
    def play(self, verb: str, part: str, ref: str, scope: str | None = None) -> None:  # noqa: ARG002 -- it has neither
        """Do what a person does for a task; ``ref`` is the client's id, or its number where it was not looked up."""
        with self.lock:
            client = next((c for c in self.clients.values() if ref in (c.id, c.number)), None)
            if client is None:
                return
            if verb == "sever_link" and client.status not in ("Archived", "Lost"):
                self._archive(client)
            elif verb == "invite_back" and client.status not in ("Active", "Invited"):
                self._invite(client)

    def files(self, verb: str, part: str) -> dict[str, tuple[str, bytes]]:  # noqa: ARG002 -- no verb has parts
        """Return what a person brings for a task: by key, a file's name and content."""
        return {"copy": ("Dokumente.zip", _a_zip())} if verb == "retain_history" else {}

    @control
    def expire_tokens(self) -> None:
        """End every token."""
        self.forget_tokens()

    def forget_tokens(self) -> None:
        """End every token."""
        with self.lock:
            self._tokens.clear()

    # documented

    @route("POST", "/oauth2/client_credential/gettoken")
    def token(self, call: Call) -> Reply:
        """Hand out a token."""
        form = call.form()
        if form.get("grant_type") != "client_credentials":
            return Reply(400, {"error": "unsupported_grant_type"})
        if (form.get("client_id"), form.get("client_secret")) != (_APP, _SECRET):
            return Reply(401, {"error": "invalid_client"})
        token = secrets.token_hex(16)
        with self.lock:
            self._tokens[token] = time.monotonic() + _TOKEN_SECONDS
        return Reply(body={"access_token": token, "token_type": "Bearer"})

    @route("GET", "/solution/business/v1/users/me")
    def whoami(self, call: Call) -> Reply:
        """Say whom the token belongs to."""
        person = {"firstName": "Fjord", "lastName": "Regnskap", "email": "app@fjord.example", "subject": _APP}
        return self._refusal(call) or Reply(body={**person, "status": "ACTIVE"})

    @route("GET", "/entitystore/v1/spaces")
    def spaces(self, call: Call) -> Reply:
        """List the spaces that the app may see."""
        spaces = [{"id": _SPACE, "name": "Fjord Regnskap AS", "type": "BUSINESS"}]
        return self._refusal(call) or Reply(body={"spaces": spaces})

    # inferred

    @route("GET", _CLIENTS)
    def find_client(self, call: Call, space: str) -> Reply:
        """List the clients with a company number or id."""
        refusal = self._refusal(call, space)
        asked = call.query.get("number")
        with self.lock:
            rows = [c.row() for c in self.clients.values() if asked in (None, c.number, c.id)]
        return refusal or Reply(body={"clients": rows})

    @route("POST", f"{_CLIENTS}/{{client_id}}/archive")
    def archive(self, call: Call, space: str, client_id: str) -> Reply:
        """Cut the link and every integration."""
        with self.lock:
            client = self.clients.get(client_id)
            refusal = self._refusal(call, space, client)
            if refusal or client is None:
                return refusal or self.error(404)
            if client.status in ("Archived", "Lost"):
                return self.error(409)
            self._archive(client)
            return Reply(body=client.row())

    @route("POST", f"{_CLIENTS}/{{client_id}}/invite")
    def invite(self, call: Call, space: str, client_id: str) -> Reply:
        """Invite a client that is not linked."""
        with self.lock:
            client = self.clients.get(client_id)
            refusal = self._refusal(call, space, client)
            if refusal or client is None:
                return refusal or self.error(404)
            if client.status == "Active":
                return self.error(409)
            self._invite(client)
            return Reply(202, client.row())

    @route("GET", f"{_CLIENTS}/{{client_id}}/extensions")
    def list_extensions(self, call: Call, space: str, client_id: str) -> Reply:
        """List the firm's integrations on a client."""
        with self.lock:
            client = self.clients.get(client_id)
            rows = [{"id": name, "name": name.title()} for name in client.extensions] if client else []
            return self._refusal(call, space, client) or Reply(body={"extensions": rows})

    @route("DELETE", f"{_CLIENTS}/{{client_id}}/extensions/{{extension_id}}")
    def delete_extension(self, call: Call, space: str, client_id: str, extension_id: str) -> Reply:
        """Take one integration off a client."""
        with self.lock:
            client = self.clients.get(client_id)
            refusal = self._refusal(call, space, client)
            if refusal or client is None or extension_id not in client.extensions:
                return refusal or self.error(404)
            client.extensions.remove(extension_id)
            self.effect(f"{client.id} extension {extension_id} deleted")
            return Reply(204)

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Answer an error; its body is inferred."""
        headers = {"Retry-After": f"{fault.value:g}"} if fault and fault.value is not None else {}
        return Reply(status, {"code": f"ERR{status}", "message": f"simulated {status}"}, headers)

    def _refusal(self, call: Call, space: str = _SPACE, client: SimulatedClient | bool | None = True) -> Reply | None:
        """Return why a call is not answered: no token, another space, no such client."""
        token = (call.headers.get("Authorization") or "").removeprefix("Bearer ")
        with self.lock:
            if self._tokens.get(token, 0.0) < time.monotonic():
                return self.error(401)
        if space != _SPACE:
            return self.error(403)
        return None if client else self.error(404)

    def _set(self, client_id: str, status: str) -> None:
        with self.lock:
            self.clients[client_id].status = status

    def _archive(self, client: SimulatedClient) -> None:
        client.status = "Archived"
        client.extensions.clear()
        self.effect(f"{client.id} archived")

    def _invite(self, client: SimulatedClient) -> None:
        client.status = "Invited"
        self.effect(f"{client.id} invited")


def _a_zip() -> bytes:
    """Return a ZIP with one document, the same bytes each time."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(zipfile.ZipInfo("Rechnung 1.xml", (2026, 1, 1, 0, 0, 0)), b"<Invoice><ID>1</ID></Invoice>")
    return kept.getvalue()


def _id(n: int) -> str:
    return f"client-{n:04}"


def _a_client(n: int) -> SimulatedClient:
    return SimulatedClient(_id(n), "Nordlys Kafé AS" if n == 1 else f"Prøveklient {n} AS", _number(n))


def _number(n: int) -> str:
    """Return the organisation number of fictitious client ``n``: valid, and below every number that is handed out."""
    if n == 1:
        return "974760673"
    valid = [body for body in range(20_000_000, 20_000_000 + 2 * n + 2) if _check_digit(body) < 10]
    return f"{valid[n]}{_check_digit(valid[n])}"


def _check_digit(body: int) -> int:
    total = sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2), f"{body:08}", strict=True))
    return (11 - total % 11) % 11
