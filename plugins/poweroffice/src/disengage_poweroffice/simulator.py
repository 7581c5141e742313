"""PowerOffice Go on loopback: the demo environment's paths below ``/Demo``, as the facts page states them.

Inferred, because no source says it: 415 for a wrong patch type, the words of the validation errors, that a second
invitation to one address goes out too, and that ending the relationship overwrites an earlier last day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from disengage.testing import Call, Reply, control, route

from disengage_poweroffice import fiction, fiction_books
from disengage_poweroffice.fiction import GoClient, Person
from disengage_poweroffice.simulator_books import Books, is_day
from disengage_poweroffice.simulator_door import APPLICATION_KEY, SUBSCRIPTION_KEY, V2, page, problem

_ADMIN = f"{V2}/ClientAdmin"
_PATCHABLE = {"/AccessRoleId": "role", "/FromDate": "from_date", "/ToDate": "to_date"}


class PowerOfficeSimulator(Books):
    """A firm with a partner client, and as many clients as asked for; the first is Nordlys Kafé AS.

    Args, all by keyword: ``clients``, ``calls_per_second``, ``today``, ``faults``, ``seed``; see ``Door``.
    """

    # what `disengage simulate`, the demo and the tests ask

    def configuration(self, folder: Path) -> str:  # noqa: ARG002 -- nothing of Go lies in a folder
        """Return the TOML below ``[connections.NAME]``."""
        keys = ", ".join(f'"{c.number}" = {{ env = "{_variable(c)}" }}' for c in self.clients)
        return "\n".join(
            (
                'connector = "poweroffice"',
                'trust = "observed"',
                f'base_url = "{self.url}{V2}"',
                f'token_url = "{self.url}/Demo/OAuth/Token"',
                'application_key = { env = "GO_APPLICATION_KEY" }',
                'client_key = { env = "GO_CLIENT_KEY" }',
                'subscription_key = { env = "GO_SUBSCRIPTION_KEY" }',
                f'partner_client_id = "{self.partner.id}"',
                f"client_keys = {{ {keys} }}",
                "",
            )
        )

    def environment(self) -> dict[str, str]:
        """Return the environment variables that hold the keys."""
        fixed = {
            "GO_APPLICATION_KEY": APPLICATION_KEY,
            "GO_CLIENT_KEY": self.partner.key,
            "GO_SUBSCRIPTION_KEY": SUBSCRIPTION_KEY,
        }
        return fixed | {_variable(client): client.key for client in self.clients}

    def example(self) -> dict[str, Any]:
        """Return what a request for Nordlys Kafé AS needs here."""
        return self.client(1)

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for client ``n`` needs here; the generation date leaves room for an end date ahead."""
        client = self.clients[n - 1]
        person = client.own
        assert person, "every client has somebody of its own"
        return {
            "name": client.name,
            "country": "NO",
            "identifiers": {"orgnr": client.number},
            "references": {},
            "administrator": {"name": f"{person.first} {person.last}", "email": person.email},
            "options": {"generation_date": str(self.today + timedelta(days=90))},
            "id": client.id,
        }

    # what a person does in Go

    @control
    def sever(self, client_id: str, generation_date: str = "", subscription_administrator: str = "") -> None:
        """Do what «Avslutt kundeforhold» does: partner code away, into Arkiv, last day for the firm's users."""
        with self.lock:
            client = self.known(client_id)
            client.partner_code = False
            last_day = generation_date or str(self.today + timedelta(days=1))
            for user in client.users:
                if self._of_the_firm(user):
                    user.to_date = last_day
                elif user.email == subscription_administrator:
                    user.role = fiction.ADMINISTRATOR
            self.effect(f"severed {client.id}, generation date {last_day}")

    @control
    def play(self, verb: str, part: str, ref: str, scope: str | None = None) -> None:  # noqa: ARG002 -- Go has none
        """Do what a person does for a task; what leaves no trace that the API shows does nothing here."""
        acts: dict[tuple[str, str], Callable[[GoClient], None]] = {
            ("sever_link", ""): self._end_relationship,
            ("transfer_admin", ""): self._promote,
            ("transfer_admin", "subscription"): self._promote,
            ("end_access", "other_partners"): self._undate,
            ("remove_extensions", "integration"): self.off,
        }
        with self.lock:
            act = acts.get((verb, part))
            if act:
                act(self.known(ref))

    def files(self, verb: str, part: str) -> dict[str, tuple[str, bytes]]:
        """Return what a person brings for a task: by key, a file's name and content."""
        if verb != "retain_history":
            return {}
        key = part or "copy"
        return {key: (f"{key}.zip", fiction_books.a_zip({"Bilag.pdf": fiction_books.attachment()}))}

    def _end_relationship(self, client: GoClient) -> None:
        """End it with the last day that the firm's users have already, since that is the generation date."""
        if client.partner_code:
            days = [user.to_date for user in client.users if user.to_date and self._of_the_firm(user)]
            self.sever(client.id, generation_date=max(days, default=""))

    def _promote(self, client: GoClient) -> None:
        """Make the client's own people Administrator, as Go does by itself for a subscription administrator."""
        for user in client.users:
            if not self._of_the_firm(user) and user.role != fiction.ADMINISTRATOR:
                user.role = fiction.ADMINISTRATOR
                self.effect(f"{user.id} is Administrator of {client.id}")

    def _undate(self, client: GoClient) -> None:
        for user in client.users:
            if self._of_the_firm(user) and user.to_date:
                user.to_date = None
                self.effect(f"{user.id} keeps access to {client.id}")

    def _of_the_firm(self, user: Person) -> bool:
        return bool(user.id and self.partner.user(user.id))

    @control
    def accept_invitations(self) -> int:
        """Let every invited person follow the link in the e-mail; return how many there were."""
        with self.lock:
            waiting = [(c, user) for c in self.clients for user in c.users if user.status == "InvitePending"]
            for client, user in waiting:
                user.id, user.status = fiction.an_id(f"user {user.email}"), "Active"
                self.effect(f"invitation to {client.id} accepted")
            return len(waiting)

    @control
    def set_user(self, client_id: str, email: str, **fields: Any) -> None:
        """Change a user's fields, or add the user, as somebody did long ago; no effect is recorded."""
        with self.lock:
            client = self.known(client_id)
            user = next((user for user in client.users if user.email == email), None)
            if user is None:
                user = Person(fiction.an_id(f"user {email}"), email, "Ny", "Bruker", fiction.EMPLOYEE)
                client.users.append(user)
            for name, value in fields.items():
                setattr(user, name, value)

    @control
    def remove_user(self, client_id: str, email: str) -> None:
        """Make as if a user had never been on the client."""
        with self.lock:
            client = self.known(client_id)
            client.users = [user for user in client.users if user.email != email]

    @control
    def set_client(self, client_id: str, **fields: Any) -> None:
        """Change a client's own fields (``active``, ``number``, ``integration``)."""
        with self.lock:
            for name, value in fields.items():
                setattr(self.known(client_id), name, value)

    @control
    def forbid(self, client_id: str, privilege: str) -> None:
        """Take a privilege from the integration on one client."""
        with self.lock:
            self.known(client_id).forbidden.add(privilege)

    # client administration

    @route("GET", f"{_ADMIN}/Clients")
    def list_clients(self, call: Call) -> Reply:
        """List the clients with the firm's partner code."""
        asked = call.query.get("isActive", "").lower()
        rows = [c.row() for c in self.clients if c.partner_code and asked in ("", str(c.active).lower())]
        return page(call, rows)

    @route("GET", f"{_ADMIN}/{{client_id}}/Users")
    def list_users(self, call: Call, client_id: str) -> Reply:
        """List a client's users."""
        client = self.reachable(client_id)
        return page(call, [user.row(self.today) for user in client.users]) if client else self.error(404)

    @route("GET", f"{_ADMIN}/{{client_id}}/Users/{{user_id}}")
    def one_user(self, call: Call, client_id: str, user_id: str) -> Reply:  # noqa: ARG002 -- the route hands it over
        """Show one user."""
        user = self._user(client_id, user_id)
        return Reply(body=user.row(self.today)) if user else _unknown_user()

    @route("GET", f"{_ADMIN}/{{client_id}}/AccessRoles")
    def access_roles(self, call: Call, client_id: str) -> Reply:
        """List the roles."""
        rows = [{"AccessRoleId": role, "AccessRoleName": name} for role, name in fiction.ROLES.items()]
        return page(call, rows) if self.reachable(client_id) else self.error(404)

    @route("PATCH", f"{_ADMIN}/{{client_id}}/Users/{{user_id}}")
    def patch_user(self, call: Call, client_id: str, user_id: str) -> Reply:
        """Apply a JSON Patch to one user."""
        user = self._user(client_id, user_id)
        if user is None:
            return _unknown_user()
        if not (call.headers.get("Content-Type") or "").startswith("application/json-patch+json"):
            return problem(415, "Unsupported media type", "application/json-patch+json is expected.")
        wrong = _wrong_patch(call)
        if wrong:
            return problem(400, "Users validation error(s)", wrong)
        for change in call.json():
            self._apply(client_id, user, change["path"], change.get("value"))
        return Reply(body=user.row(self.today))

    def _apply(self, client_id: str, user: Person, path: str, value: str | None) -> None:
        if getattr(user, _PATCHABLE[path]) == value:
            return
        setattr(user, _PATCHABLE[path], value)
        self.effect(f"{path[1:]} of {user.id} on {client_id} is {value}")

    def _user(self, client_id: str, user_id: str) -> Person | None:
        client = self.reachable(client_id)
        return client.user(user_id.lower()) if client else None

    @route("POST", f"{_ADMIN}/{{client_id}}/Users/Invite")
    def invite(self, call: Call, client_id: str) -> Reply:
        """Send an invitation; a second one to the same address goes out too."""
        client = self.reachable(client_id)
        if client is None:
            return self.error(404)
        body = call.json() or {}
        missing = [n for n in ("EmailAddress", "FirstName", "LastName", "AccessRoleId") if not body.get(n)]
        if missing or body["AccessRoleId"] not in fiction.ROLES:
            return problem(400, "Users validation error(s)", f"{(missing or ['AccessRoleId'])[0]} is not valid.")
        user = next((user for user in client.users if user.email == body["EmailAddress"]), None)
        if user and user.status != "InvitePending":
            return problem(400, "Users validation error(s)", "The user is on the client already.")
        if user is None:
            names = body["FirstName"], body["LastName"]
            user = Person(None, body["EmailAddress"], *names, body["AccessRoleId"], status="InvitePending")
            client.users.append(user)
        self.effect(f"invitation to {client.id} sent")
        return Reply(body=user.row(self.today))


def _variable(client: GoClient) -> str:
    return f"GO_CLIENT_KEY_{client.number}"


def _wrong_patch(call: Call) -> str:
    changes = call.json()
    if not isinstance(changes, list) or not changes:
        return "A list of operations is expected."
    for change in changes:
        path, value = change.get("path"), change.get("value")
        if change.get("op") not in ("add", "replace") or path not in _PATCHABLE:
            return f"{path} cannot be changed."
        if path == "/AccessRoleId" and value not in fiction.ROLES:
            return "AccessRoleId is not valid."
        if path != "/AccessRoleId" and value is not None and not is_day(str(value)):
            return f"{path[1:]} is not valid."
    return ""


def _unknown_user() -> Reply:
    return problem(404, "Users not found error(s)", "The user does not exist on this client.")
