"""A fictitious Swedish company in simulated Spiris: its users, its books of four fiscal years, its payroll."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from disengage_spiris import fiction_books

SOLUTIONS = (
    "bookkeeping",
    "payroll",
    "travel_expenses",
    "annual_accounts",
    "financial_overview",
    "scanner",
    "digital_invoices",
)
_SPACE = uuid.UUID("5b7c1d52-3c5e-4d0f-9a41-6f1f1d0c0a55")
OFFICE, CUSTOMER = "office", "customer"


def an_id(name: str) -> str:
    """Return an id that is the same in every run."""
    return str(uuid.uuid5(_SPACE, name))


@dataclass
class SimulatedUser:
    """One user of a company."""

    id: str
    email: str
    first: str
    last: str
    consultant: bool
    active: bool = True

    def row(self, current: str) -> dict[str, Any]:
        """Return ``UserApi``."""
        return {
            "Id": self.id,
            "Email": self.email,
            "FirstName": self.first,
            "LastName": self.last,
            "IsActive": self.active,
            "IsCurrentUser": self.id == current,
            "IsConsultant": self.consultant,
            "HasPurchaseInvoicesApprovalPermission": False,
            "HasVATReportsApprovalPermission": False,
        }


@dataclass
class SimulatedCompany:
    """One company.

    Attributes:
        number: Its organisation number.
        name: Its name.
        today: Fixes its fiscal years: this year and the three before.
        ended: The solutions of which the collaboration has ended.
        granted_by: Who gave the grant, ``office`` or ``customer``.
        refused: First piece of a path → the ErrorCode with which it is refused.
    """

    number: str
    name: str
    today: date
    users: list[SimulatedUser]
    status: int = 1
    variant: int = 5
    locked_to: str = "0001-01-01T00:00:00Z"
    lock_interval: int = 1
    app_active: bool = True
    granted_by: str = CUSTOMER
    main_contact: str = ""
    payroll_users: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    deactivated: bool = False
    kyc_running: bool = True
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def current_user(self) -> SimulatedUser:
        """Who gave the grant."""
        return next(user for user in self.users if user.consultant == (self.granted_by == OFFICE))

    @property
    def years(self) -> list[tuple[str, date, date]]:
        """Id, first and last day of each fiscal year."""
        return [
            (an_id(f"{self.number} year {year}"), date(year, 1, 1), date(year, 12, 31))
            for year in range(self.today.year - 3, self.today.year + 1)
        ]

    def settings(self) -> dict[str, Any]:
        """Return ``CompanySettingsApi``."""
        return {
            "Name": self.name,
            "Email": "kontakt@norrsken.example",
            "CountryCode": "SE",
            "CorporateIdentityNumber": f"{self.number[:6]}-{self.number[6:]}",
            "CompanyIdentifier": an_id(f"company {self.number}"),
            "CompanyStatus": self.status,
            "ProductVariant": self.variant,
            "AccountingLockedTo": self.locked_to,
            "AccountingLockInterval": self.lock_interval,
        }

    def year_rows(self) -> list[dict[str, Any]]:
        """Return the fiscal years."""
        return [
            {
                "Id": year_id,
                "StartDate": f"{first}T00:00:00Z",
                "EndDate": f"{last}T00:00:00Z",
                "IsLockedForAccounting": False,
                "BookkeepingMethod": 1,
            }
            for year_id, first, last in self.years
        ]

    def vouchers(self, year_id: str) -> list[dict[str, Any]]:
        """Return three vouchers that balance."""
        first = next((first for known, first, _ in self.years if known == year_id), None)
        return [] if first is None else [self._voucher(first, number) for number in fiction_books.NUMBERS]

    def _voucher(self, first: date, number: int) -> dict[str, Any]:
        voucher_id = an_id(f"{self.number} voucher {first.year} {number}")
        return fiction_books.voucher(voucher_id, first, number, self.attachment_ids()[number - 1])

    def sie(self, first: date, last: date) -> bytes:
        """Return a SIE 4 file of one fiscal year."""
        return fiction_books.sie(self.number, self.name, self.years, first, last, self.today)

    def balances(self, day: date) -> list[dict[str, Any]]:
        """Return the balance of every account on a day."""
        return fiction_books.balances(self.years, day)

    def attachment_ids(self) -> list[str]:
        """Return the ids of the attachments."""
        return [an_id(f"{self.number} attachment {number}") for number in (1, 2, 3)]

    def register(self, name: str) -> list[dict[str, Any]]:
        """Return one entry of a register."""
        return [{"Id": an_id(f"{self.number} {name} 1"), "Name": f"{name} 1"}]

    def employees(self) -> list[dict[str, Any]]:
        """Return two employees."""
        return [{"Id": an_id(f"{self.number} employee {n}"), "FirstName": f"Anställd {n}"} for n in (1, 2)]

    def wage_runs(self) -> list[dict[str, Any]]:
        """Return one wage run."""
        return [
            {"Id": an_id(f"{self.number} wage run 1"), "Description": "Lön", "Locked": True, "GrossSalary": 61000.0}
        ]

    def payslips(self) -> list[dict[str, Any]]:
        """Return a payslip for each employee."""
        return [
            {
                "Id": an_id(f"payslip {person['Id']}"),
                "EmployeeId": person["Id"],
                "GrossSalary": 30500.0,
                "NetSalary": 23400.0,
                "PreliminaryTax": 7100.0,
                "Locked": True,
            }
            for person in self.employees()
        ]


def number_of(n: int) -> str:
    """Return the organisation number of company ``n``: valid, and below every number that is handed out."""
    body = f"55200{n:04}"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(body))
    return f"{body}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


def a_company(n: int, today: date) -> SimulatedCompany:
    """Return company ``n``; the first is Norrsken Kafé AB."""
    number = number_of(n)
    name = "Norrsken Kafé AB" if n == 1 else f"Provkund {n} AB"
    users = [
        SimulatedUser(an_id(f"{number} office"), "ola@fjord.example", "Ola", "Revisor", consultant=True),
        SimulatedUser(an_id(f"{number} owner"), f"kari.{n}@norrsken.example", "Kari", "Nordmann", consultant=False),
    ]
    return SimulatedCompany(number=number, name=name, today=today, users=users)
