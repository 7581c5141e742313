"""A fictitious firm in Go and its fictitious clients, for the simulator: names, people and keys.

Everything is computed from the client's number, so that two simulators show the same.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

#: Every id here is derived below this one.
_SPACE = uuid.UUID("6f1d1c1e-0f3a-5c55-9f5e-2a1b7a1f0c0d")
ADMINISTRATOR = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
BOOKKEEPER = str(uuid.uuid5(_SPACE, "role bookkeeper"))
EMPLOYEE = str(uuid.uuid5(_SPACE, "role employee"))
ROLES = {ADMINISTRATOR: "Administrator", BOOKKEEPER: "Regnskapsfører", EMPLOYEE: "Ansatt"}
PRIVILEGES = (
    "AccountTransaction",
    "TrialBalance",
    "CustomerLedger",
    "SupplierLedger",
    "VoucherDocumentation",
    "GeneralLedgerAccount",
    "Customer",
    "Supplier",
    "Employee",
    "OutgoingInvoice",
    "IncomingInvoice",
    "ClientBankAccount",
    "CommonServices",
    "SalesOrderAttachment",
    "JournalEntryVoucher",
)


def an_id(what: str) -> str:
    """Return the id of ``what``; the same in every process."""
    return str(uuid.uuid5(_SPACE, what))


def number(n: int) -> str:
    """Return the organisation number of client ``n``: valid, and below every number that is handed out."""
    if n == 1:
        return "974760673"
    valid = [body for body in range(20_000_000, 20_000_000 + 2 * n + 2) if _check_digit(body) < 10]
    return f"{valid[n]}{_check_digit(valid[n])}"


def _check_digit(body: int) -> int:
    total = sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2), f"{body:08}", strict=True))
    return (11 - total % 11) % 11


@dataclass
class Person:
    """One user on one client."""

    id: str | None
    email: str
    first: str
    last: str
    role: str
    from_date: str | None = None
    to_date: str | None = None
    status: str = "Active"

    def row(self, today: date) -> dict[str, Any]:
        """Return the ``UserDto``; ``ToDate`` is inclusive, the day after it the user is deactivated."""
        ended = self.to_date is not None and self.to_date < str(today)
        return {
            "Id": self.id,
            "EmailAddress": self.email,
            "FirstName": self.first,
            "LastName": self.last,
            "AccessRoleId": self.role,
            "FromDate": self.from_date,
            "ToDate": self.to_date,
            "Status": "Inactive" if ended and self.status == "Active" else self.status,
        }


@dataclass
class GoClient:
    """One client in Go, with or without the firm's partner code; ``own`` is its own person, user or not."""

    n: int
    id: str
    name: str
    number: str
    key: str
    users: list[Person] = field(default_factory=list)
    active: bool = True
    partner_code: bool = True
    integration: bool = True
    lock_date: str | None = None
    own: Person | None = None
    forbidden: set[str] = field(default_factory=set)

    def row(self) -> dict[str, Any]:
        """Return the ``ClientDto``."""
        return {
            "Id": self.id,
            "ClientName": self.name,
            "OrganizationNumber": self.number,
            "IsActive": self.active,
        }

    def user(self, user_id: str) -> Person | None:
        """Return one user by id."""
        return next((user for user in self.users if user.id == user_id), None)


_OLA = ("ola@fjordregnskap.example", "Ola", "Fjord")
_SIRI = ("siri@fjordregnskap.example", "Siri", "Vik")


def the_partner() -> GoClient:
    """Return the firm's own client in Go."""
    users = [
        Person(an_id("user ola"), *_OLA, ADMINISTRATOR),
        Person(an_id("user siri"), *_SIRI, BOOKKEEPER),
        Person(an_id("user per"), "per@fjordregnskap.example", "Per", "Dal", BOOKKEEPER),
    ]
    # The partner's own client carries no partner code of its own: inferred, nothing says that it lists itself.
    return GoClient(
        0,
        an_id("client partner"),
        "Fjord Regnskap AS",
        number(0),
        "simulated-partner-key",
        users,
        partner_code=False,
    )


def a_client(n: int) -> GoClient:
    """Return client ``n``: two of the firm's users and one of its own."""
    own = ("kari@nordlys.example", "Kari", "Nordmann") if n == 1 else (f"kari@klient{n}.example", "Kari", f"Klient{n}")
    kari = Person(an_id(f"user kari {n}"), *own, EMPLOYEE)
    users = [
        Person(an_id("user ola"), *_OLA, ADMINISTRATOR),
        Person(an_id("user siri"), *_SIRI, BOOKKEEPER),
        kari,
    ]
    name = "Nordlys Kafé AS" if n == 1 else f"Prøveklient {n} AS"
    return GoClient(n, an_id(f"client {n}"), name, number(n), f"simulated-client-key-{n}", users, own=kari)
