"""Pure translation between Spiris' words and the domain's: who is meant, what is shown, what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from disengage import Client, Holder, LinkState
from disengage.domain.identifiers import normalise

from disengage_spiris.settings import SpirisOptions
from disengage_spiris.wire import AppRow, CompanyRow, UserRow

BOOKKEEPING, PAYROLL, TRAVEL = "bookkeeping", "payroll", "travel_expenses"
#: The solutions, as this program and as the vendor call them.
NAMES = {
    BOOKKEEPING: "Bookkeeping & Invoicing",
    PAYROLL: "Payroll",
    TRAVEL: "Travel & Expenses",
    "annual_accounts": "Tax & Annual accounts",
    "financial_overview": "Financial overview",
    "scanner": "Scanner",
    "digital_invoices": "Digital invoices",
}
READ_ONLY, INACTIVE = "read-only", "inactive"
_STATUS = {0: INACTIVE, 1: "active", 2: READ_ONLY}
_VARIANT = {1: "Standard", 2: "Invoicing", 3: "Bookkeeping", 4: "Solo", 5: "Pro", 6: "InvoicingCollaboration"}
#: The one name under which our app is an extension; ``/appstore/status`` gives none.
APP = "app"
_ACTIVE = 0


# --- who is meant -------------------------------------------------------------------------------------------


def number_of(client: Client, connection: str) -> str | None:
    """Return the Swedish organisation number that the request gives, None where it gives none.

    Raises:
        ValueError: The reference is no such number.
    """
    reference = client.references.get(connection)
    if reference:
        return normalise("orgnr", reference, "SE")
    if client.country == "SE" and "orgnr" in client.identifiers:
        return client.identifiers["orgnr"]
    vat = client.identifiers.get("vat", "")
    return vat[2:12] if vat.startswith("SE") else None


def is_same_company(shown: str | None, number: str) -> bool:
    """Return whether Spiris' ``CorporateIdentityNumber`` is this organisation number; it may be written with 16."""
    digits = "".join(filter(str.isdigit, shown or ""))
    return digits[-10:] == number and len(digits) in (10, 12)


def scopes(options: SpirisOptions) -> tuple[str, ...]:
    """Return the solutions whose collaborations end; bookkeeping where the request names none."""
    return tuple(options.solutions.chosen) or (BOOKKEEPING,)


def leads(scope: str | None, options: SpirisOptions) -> bool:
    """Return whether this link carries what concerns the customer as a whole."""
    return scope == scopes(options)[0]


# --- what is shown ------------------------------------------------------------------------------------------


def accountants(users: Sequence[UserRow], domains: Sequence[str]) -> list[UserRow]:
    """Return the firm's own active users among the company's.

    Without ``domains`` every consultant counts as the firm's: Spiris does not say whose accountant a user is.
    """
    ours = [user for user in users if user.is_active and user.is_consultant]
    return [user for user in ours if not domains or _domain(user) in domains]


def own_people(users: Sequence[UserRow]) -> list[UserRow]:
    """Return the company's own active users."""
    return [user for user in users if user.is_active and user.is_consultant is False]


def is_granted_by_office(users: Sequence[UserRow]) -> bool:
    """Return whether an accountant gave the grant that is used."""
    return any(user.is_current_user and user.is_consultant for user in users)


def _domain(user: UserRow) -> str:
    return (user.email or "").rpartition("@")[2].casefold()


def observed(
    company: CompanyRow, users: Sequence[UserRow] | None, apps: Sequence[AppRow] | None, domains: Sequence[str]
) -> LinkState:
    """Return the state of the bookkeeping collaboration.

    Args:
        company: Its settings.
        users: Its users; None where they may not be read.
        apps: What the app store says of our app; None where it may not be read.
        domains: What the firm's own e-mail addresses end with.
    """
    ours = None if users is None else accountants(users, domains)
    return LinkState(
        linked=None if ours is None else bool(ours),
        firm_access=None if ours is None else {user.id: None for user in ours},
        extensions=extensions(apps),
        integration=True,
        locked_to=company.accounting_locked_to,
        status=status(company),
    )


def extensions(apps: Sequence[AppRow] | None) -> tuple[str, ...] | None:
    """Return our app if it is active, nothing if it is not, None if Spiris does not say."""
    if not apps or any(app.activation_status is None for app in apps):
        return None
    return (APP,) if any(app.activation_status == _ACTIVE for app in apps) else ()


def status(company: CompanyRow) -> str | None:
    """Return the company's status and variant in words."""
    words = [_STATUS.get(company.company_status or 0), _VARIANT.get(company.product_variant or 0)]
    known = words if company.company_status is not None else words[1:]
    return ", ".join(filter(None, known)) or None


# --- what is wanted -----------------------------------------------------------------------------------------


def wanted(scope: str | None, options: SpirisOptions, state: LinkState, period_to: date) -> LinkState:
    """Return the wanted state of one collaboration."""
    found = LinkState(linked=False, main_contact=Holder.CLIENT if leads(scope, options) else None)
    if scope != BOOKKEEPING:
        return found
    locked = lock_day(options, state, period_to)
    return found.model_copy(update={"extensions": (), "integration": False, "archived": True, "locked_to": locked})


def lock_day(options: SpirisOptions, state: LinkState, period_to: date) -> date | None:
    """Return the day up to which the books are to be locked: a later lock that stands already stays."""
    if not options.lock_period:
        return None
    return max(last_whole_month(period_to), state.locked_to or date.min)


def last_whole_month(day: date) -> date:
    """Return the last day of the last month that is over on ``day``; locks go by whole months."""
    following = day + timedelta(days=1)
    return following.replace(day=1) - timedelta(days=1)
