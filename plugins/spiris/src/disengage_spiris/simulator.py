"""Spiris on loopback: identity, bookkeeping, payroll and storage behind one address.

What is inferred stands in ``simulator_door`` and ``simulator_books``; that a collaboration's end takes the office's
users away or makes them inactive is inferred from the facts that 4011 and ``IsConsultant`` state.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from disengage.testing import control

from disengage_spiris import fiction, fiction_books
from disengage_spiris.fiction import SimulatedCompany, SimulatedUser
from disengage_spiris.simulator_books import Books
from disengage_spiris.simulator_door import CLIENT_ID, CLIENT_SECRET, first_token

_CHOSEN = {"bookkeeping": "continue", "payroll": "continue", "travel_expenses": "cancel"}
_PDF = fiction_books.pdf("Reports")


class SpirisSimulator(Books):
    """A firm's app, and as many companies as asked for that let it in; the first is Norrsken Kafé AB.

    Args, all by keyword: ``clients``, ``rotating``, ``page_size``, ``paging``, ``calls_per_minute``, ``today``,
    ``faults``, ``seed``; see ``Door``.
    """

    # what `disengage simulate`, the demo and the tests ask

    def configuration(self, folder: Path) -> str:  # noqa: ARG002 -- nothing of Spiris lies in a folder
        """Return the TOML below ``[connections.NAME]``."""
        companies = ", ".join(f'"{number}" = {{ env = "{_variable(number)}" }}' for number in self.companies)
        lines = (
            'connector = "spiris"',
            f'base_url = "{self.url}/v2"',
            f'payroll_url = "{self.url}/payroll"',
            f'authorize_url = "{self.url}/connect/authorize"',
            f'token_url = "{self.url}/connect/token"',
            f'revocation_url = "{self.url}/connect/revocation"',
            f'client_id = "{CLIENT_ID}"',
            'client_secret = { env = "SPIRIS_CLIENT_SECRET" }',
            f"companies = {{ {companies} }}",
            'email_domains = ["fjord.example"]',
        )
        return "\n".join(lines) + "\n"

    def environment(self) -> dict[str, str]:
        """Return the environment variables that hold the app's key and the companies' tokens."""
        tokens = {_variable(number): first_token(number) for number in self.companies}
        return {"SPIRIS_CLIENT_SECRET": CLIENT_SECRET} | tokens

    def example(self) -> dict[str, Any]:
        """Return what a request for Norrsken Kafé AB needs here, whatever its country is elsewhere."""
        return {key: value for key, value in self.client(1).items() if key in ("references", "options")}

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for company ``n`` needs here."""
        company = self.companies[fiction.number_of(n)]
        owner = company.users[1]
        return {
            "name": company.name,
            "country": "SE",
            "identifiers": {"orgnr": company.number},
            "references": company.number,
            "administrator": {"name": f"{owner.first} {owner.last}", "email": owner.email},
            "options": {"solutions": dict(_CHOSEN)},
            "id": company.number,
        }

    # what people do

    @control
    def play(self, verb: str, part: str, ref: str, scope: str | None) -> None:
        """Do in Spiris what a person does for a task."""
        company, own = self.companies[ref], self.companies[ref].users[1]
        if verb == "sever_link":
            self.end_collaboration(ref, scope or "bookkeeping", _CHOSEN.get(scope or "", "continue"))
        elif (verb, part) == ("transfer_admin", ""):
            self.set_main_contact(ref, own.email)
        elif (verb, part) == ("transfer_admin", "payroll_user"):
            company.payroll_users.append(own.email)
        elif (verb, part) == ("archive", "kyc"):
            company.kyc_running = False
        elif (verb, part) == ("archive", ""):
            self.deactivate(ref)

    def files(self, verb: str, part: str) -> dict[str, tuple[str, bytes]]:
        """Return the files that a person brings from a task: key → name and content."""
        if verb != "retain_history":
            return {}
        if part == "reports":
            return {"reports": ("reports.pdf", _PDF)}
        key = "backup" if part == "backup" else "copy"
        return {key: (f"{key}.zip", fiction_books.a_zip("copy.pdf", _PDF))}

    def values(self, verb: str, part: str) -> dict[str, str]:  # noqa: ARG002 -- as the demo asks
        """Return the answers that are not the first of their choices: none."""
        return {}

    @control
    def end_collaboration(self, ref: str, scope: str, choice: str = "continue") -> None:
        """End the collaboration for one solution, from either side."""
        with self.lock:
            company = self.companies[ref]
            if scope in company.ended:
                return
            company.ended[scope] = choice
            if scope == "bookkeeping":
                company.status = 2 if choice == "cancel" else company.status
                for user in company.users:
                    user.active = user.active and not user.consultant
            self.effect(f"{ref} collaboration {scope} ended, {choice}")

    @control
    def sever(self, ref: str, scope: str = "bookkeeping") -> None:
        """End the collaboration for one solution, the customer continuing."""
        self.end_collaboration(ref, scope)

    @control
    def set_main_contact(self, ref: str, email: str) -> None:
        """Make a user the main contact; the platform then also makes it Administrator."""
        with self.lock:
            self.companies[ref].main_contact = email

    @control
    def deactivate(self, ref: str) -> None:
        """Deactivate the customer in Practice management; a running KYC blocks it."""
        with self.lock:
            company = self.companies[ref]
            assert not company.kyc_running, "a running KYC blocks the deactivation"
            company.deactivated = True
            self.effect(f"{ref} deactivated")

    @control
    def set_company(self, ref: str, **fields: Any) -> None:
        """Change a company's own fields (``status``, ``variant``, ``granted_by``, ``name``, ``kyc_running``)."""
        with self.lock:
            for name, value in fields.items():
                setattr(self.companies[ref], name, value)

    @control
    def set_user(self, ref: str, email: str, **fields: Any) -> None:
        """Change a user's fields, or add the user."""
        with self.lock:
            company = self.companies[ref]
            user = next((user for user in company.users if user.email == email), None)
            if user is None:
                user = SimulatedUser(fiction.an_id(f"{ref} {email}"), email, "Ny", "Användare", consultant=False)
                company.users.append(user)
            for name, value in fields.items():
                setattr(user, name, value)

    @control
    def refuse(self, ref: str, path: str, code: int) -> None:
        """Refuse everything below ``path`` to a company's grant with an ErrorCode; 0 takes it back."""
        with self.lock:
            refused = self.companies[ref].refused
            refused.pop(path, None) if code == 0 else refused.__setitem__(path, code)

    @control
    def choose(self, ref: str, denies: bool = False) -> None:  # noqa: FBT001, FBT002, RUF100 -- sent as JSON
        """Let the next person on the authorise page choose this company, or deny."""
        self.visitor, self.denies = ref, denies

    @control
    def expire_tokens(self) -> None:
        """End every access token."""
        self.forget_tokens()

    @control
    def kill_grant(self, ref: str) -> None:
        """End every token of a company, as when the password of whoever gave the grant changes."""
        with self.lock:
            kept = {token: number for token, number in self.grants.refresh.items() if number != ref}
            self.grants.refresh = kept
            self.forget_tokens()

    @control
    def expire_files(self) -> None:
        """Let every address of a file expire."""
        self.forget_files()

    @control
    def withhold_addresses(self) -> None:
        """Give addresses of attachments one by one only."""
        self.addresses_in_lists = False

    @control
    def move_storage(self, origin: str) -> None:
        """Hand out addresses on another host."""
        self.storage = origin

    def known(self, ref: str) -> SimulatedCompany:
        """Return a company."""
        return self.companies[ref]


def _variable(number: str) -> str:
    return f"SPIRIS_TOKEN_{number}"
