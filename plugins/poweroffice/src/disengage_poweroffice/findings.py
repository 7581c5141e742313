"""What stands in the way of ending a client in PowerOffice Go, or should be known before: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from disengage import Finding, Holder, LinkState, Request, Severity

from disengage_poweroffice import mapping, sources
from disengage_poweroffice.mapping import Integration
from disengage_poweroffice.settings import PowerOfficeOptions
from disengage_poweroffice.wire import UserRow

#: What the copy reads, by the words of the vendor's specification (sources.SPECIFICATION); the ledger first.
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


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    Attributes:
        connection: The connection's name.
        request: What was asked.
        options: This connection's choices.
        state: As observed.
        users: The client's users.
        partner: The users of the partner's own client.
        own_key: The client's own key is configured.
        today: In Norway.
        integration: Our integration on the client, as that key shows it.
    """

    connection: str
    request: Request
    options: PowerOfficeOptions
    state: LinkState
    users: Sequence[UserRow]
    partner: Sequence[UserRow]
    own_key: bool
    today: date
    integration: Integration = field(default_factory=Integration)

    @property
    def firm(self) -> list[UserRow]:
        """The firm's users on the client who still have access."""
        found = mapping.firm_users(self.users, self.partner)
        return [user for user in found if mapping.has_access(user, self.today)]

    def finding(self, severity: Severity, code: str, message: str, remedy: str, source: str) -> Finding:
        """Return one finding on this connection."""
        return Finding(
            code=code,
            severity=severity,
            message=message,
            remedy=remedy,
            connection=self.connection,
            source=source,
        )

    def blocker(self, code: str, message: str, remedy: str, source: str) -> Finding:
        """Return one blocker."""
        return self.finding(Severity.BLOCKER, code, message, remedy, source)

    def warning(self, code: str, message: str, remedy: str, source: str) -> Finding:
        """Return one warning."""
        return self.finding(Severity.WARNING, code, message, remedy, source)

    def notice(self, code: str, message: str, remedy: str, source: str) -> Finding:
        """Return one notice."""
        return self.finding(Severity.NOTICE, code, message, remedy, source)


def all_findings(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding; once the relationship is severed, only what still runs on."""
    found = list(_clocks(facts))
    if facts.state.linked is not False:
        found += [
            *_generation_date(facts),
            *_administrator(facts),
            *_subscription(facts),
            *_users(facts),
            *_other_partners(facts),
            *_own_key(facts),
            *_books(facts),
        ]
    return tuple(found)


def _generation_date(facts: Facts) -> Iterator[Finding]:
    ends_on, chosen = facts.request.ending.ends_on, facts.options.generation_date
    earliest = mapping.earliest_generation_date(facts.today, ends_on)
    remedy = f"Set generation_date under [options.{facts.connection}] to {earliest} or later."
    if chosen is None:
        message = "No date is given on which Go generates the obligated accounting data."
        yield facts.blocker("generation_date_missing", message, remedy, sources.SEVERING)
    elif chosen < earliest:
        message = (
            f"The generation date {chosen} is not in the future of the day on which the relationship ends; "
            "it is also the last day of the firm's users."
        )
        yield facts.blocker("generation_date_not_in_future", message, remedy, sources.SEVERING)


def _administrator(facts: Facts) -> Iterator[Finding]:
    person = facts.request.administrator
    if person is None:
        yield facts.blocker(
            "administrator_missing",
            "The request names nobody on the client's side to become Administrator.",
            "Add [administrator] with name and email.",
            sources.SEVERING,
        )
    elif facts.state.administrator is Holder.FIRM:
        yield facts.blocker(
            "administrator_of_the_firm",
            "The person named as the client's administrator is a user of the firm.",
            "Name a person of the client's own under [administrator].",
            sources.SEVERING,
        )
    elif mapping.named(facts.users, person.email) is None and mapping.split_name(person.name) is None:
        yield facts.blocker(
            "administrator_name_incomplete",
            "The client's administrator must be invited, and an invitation needs first and last name.",
            "Write both names under [administrator].",
            sources.CLIENT_ADMINISTRATION,
        )


def _subscription(facts: Facts) -> Iterator[Finding]:
    if facts.options.subscription_administrator != "later":
        return
    stays, where = facts.options.stays, f"[options.{facts.connection}]"
    if not stays:
        yield facts.blocker(
            "subscription_administrator_user_missing",
            "The subscription administrator is to be replaced later, but it is not said who of the firm stays.",
            f"Give subscription_administrator_user (e-mail or user id) under {where}, or choose 'now'.",
            sources.ARCHIVE,
        )
    elif not any(mapping.is_user(user, stays) for user in facts.firm):
        yield facts.blocker(
            "subscription_administrator_user_unknown",
            "The user who is to stay subscription administrator is no active user of the firm on this client.",
            f"Correct subscription_administrator_user under {where}.",
            sources.ARCHIVE,
        )
    else:
        yield facts.warning(
            "subscription_administrator_stays",
            "A user of the firm stays subscription administrator, and stays active on the client until replaced.",
            f"Replace him from Arkiv before the generation date ({facts.options.generation_date}).",
            sources.ARCHIVE,
        )


def _users(facts: Facts) -> Iterator[Finding]:
    firm, chosen = facts.firm, facts.options.generation_date
    if firm and not facts.options.users_of_other_partners:
        yield facts.notice(
            "users_of_several_partners",
            "Go does not say which of the firm's users also belong to another partner.",
            "If one keeps access through another partner, name him with users_of_other_partners under "
            f"[options.{facts.connection}]: his last day is then taken off by hand afterwards.",
            sources.SEVERING,
        )
    if chosen and any(user.to_date and user.to_date < chosen for user in firm):
        yield facts.notice(
            "earlier_last_day_stands",
            "A user of the firm has a last day before the generation date already; it is kept.",
            "Whether Go overwrites it when the relationship is ended is not documented: look at it in Arkiv.",
            sources.CLIENT_ADMINISTRATION,
        )
    ours = [user.email_address for user in facts.partner if user.id]
    invited = [user for user in facts.users if mapping.is_invited(user)]
    if any(mapping.same(user.email_address, address) for user in invited for address in ours):
        yield facts.warning(
            "firm_user_invited",
            "An invitation of one of the firm's own users to this client is still open; it has no last day.",
            "Withdraw the invitation on the client under Meny > Brukere.",
            sources.CLIENT_ADMINISTRATION,
        )


def _other_partners(facts: Facts) -> Iterator[Finding]:
    named = facts.options.users_of_other_partners
    if not named:
        return
    if not all(any(mapping.is_user(user, who) for user in facts.firm) for who in named):
        yield facts.blocker(
            "user_of_other_partner_unknown",
            "Somebody who is to keep access through another partner is no active user of the firm on this client.",
            f"Correct users_of_other_partners under [options.{facts.connection}].",
            sources.SEVERING,
        )
    else:
        yield facts.notice(
            "users_keep_access",
            f"{len(named)} of the firm's users keep access through another partner: this case sets them no last day.",
            "Go itself gives them one when the relationship is ended; a task says how to take it off again.",
            sources.SEVERING,
        )


def _own_key(facts: Facts) -> Iterator[Finding]:
    if not facts.own_key:
        yield facts.notice(
            "client_key_missing",
            "No key of this client's own is configured, so its books cannot be copied by the connector.",
            f"Add it under [connections.{facts.connection}.client_keys], or bring the export by hand.",
            sources.AUTHENTICATION,
        )
    elif facts.state.integration is False:
        yield facts.warning(
            "client_key_refused",
            "Go refuses this client's own key: the integration is no longer on the client, or the key is wrong.",
            "Check the key, also that it is of the same environment as the others; else bring the export by hand.",
            sources.AUTHENTICATION,
        )


def _books(facts: Facts) -> Iterator[Finding]:
    lacking = mapping.lacking(facts.integration, PRIVILEGES)
    if lacking:
        yield facts.warning(
            "privileges_missing",
            f"On this client the integration lacks {', '.join(lacking)}; what these open is missing from the copy"
            + (", and without the ledger no copy is made." if PRIVILEGES[0] in lacking else "."),
            "Give the integration these privileges (a client without the module in question has none), or bring the "
            "export by hand.",
            sources.AUTHENTICATION,
        )
    locked, to = facts.integration.locked_to, facts.request.ending.period.to
    if facts.integration.lock_is_known and (locked is None or locked < to):
        yield facts.notice(
            "books_not_locked",
            f"The books are {f'locked up to {locked} only' if locked else 'not locked'}; the period that the firm "
            f"answers for goes to {to}.",
            "Finish and lock it before the copy is made: what is posted afterwards is not in it.",
            sources.SPECIFICATION,
        )


def _clocks(facts: Facts) -> Iterator[Finding]:
    yield facts.warning(
        "archive_deleted_after_five_years",
        "Go builds the obligated data for five years back, and deletes the archive folders after five years.",
        "Keep the download from Arkiv, which is a task of this case, in the firm's own vault.",
        sources.ARCHIVE,
    )
    if facts.options.client_stops:
        yield facts.warning(
            "client_deleted_after_a_year",
            "The client leaves Go: read access lasts 12 months after the last module ends, then Go deletes the books.",
            "Export SAF-T per year and voucher PDFs before; a yearly 'Regnskap Nano' keeps the client open.",
            sources.DELETION,
        )
        yield facts.notice(
            "client_stops",
            "Avslutte klient: end every module, switch off EHF reception and eFaktura, deactivate bank accounts."
            + (f" Active now: {', '.join(sorted(modules))}." if (modules := facts.integration.modules) else ""),
            "Do it, or let the client do it, as the task 'Close the client in PowerOffice Go' says.",
            sources.CLIENT_STOPS,
        )
