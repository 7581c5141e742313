"""Between Go's words and ours: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from disengage import Client, Holder, Link, LinkState
from disengage.domain.request import Period

from disengage_poweroffice.wire import ClientRow, IntegrationRow, LockRow, UserRow

#: The Administrator role's id on every client (client administration page, read 2026-11-22).
ADMINISTRATOR_ROLE = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"


def same(one: str | None, other: str | None) -> bool:
    """Return whether two ids or e-mail addresses are the same, whatever their case."""
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()


def digits(number: str | None) -> str:
    """Return an organisation number without blanks and letters."""
    return re.sub(r"\D", "", number or "")


# --- clients ------------------------------------------------------------------------------------------------


def organisation_number(client: Client) -> str | None:
    """Return the Norwegian organisation number of ``client``, if the request gives one."""
    return client.identifiers.get("orgnr") if client.country == "NO" else None


def row_of(rows: Iterable[ClientRow], client_id: str) -> ClientRow | None:
    """Return the row of one client id; None means that the client is not in the partner's list."""
    return next((row for row in rows if same(row.id, client_id)), None)


def links(rows: Iterable[ClientRow], client: Client, reference: str | None) -> tuple[Link, ...]:
    """Return the links to ``client``: by reference where there is one, else by organisation number."""
    number = organisation_number(client)
    if reference:
        found = [row for row in rows if same(row.id, reference)]
    else:
        found = [row for row in rows if number and digits(row.organization_number) == number]
    return tuple(Link(ref=row.id, name=row.client_name or "") for row in found)


# --- users --------------------------------------------------------------------------------------------------


def has_access(user: UserRow, today: date) -> bool:
    """Return whether a user can come in today, or on a later day; ``ToDate`` is inclusive."""
    return same(user.status, "Active") and (user.to_date is None or user.to_date >= today)


def is_invited(user: UserRow) -> bool:
    """Return whether a user's invitation is still open."""
    return same(user.status, "InvitePending")


def named(users: Iterable[UserRow], email: str) -> UserRow | None:
    """Return the user with that address: who has access before who is invited, before who had access once."""
    found = [user for user in users if same(user.email_address, email)]
    rank = {"active": 0, "invitepending": 1}
    return min(found, key=lambda user: rank.get((user.status or "").casefold(), 2), default=None)


def firm_users(users: Iterable[UserRow], partner: Iterable[UserRow]) -> list[UserRow]:
    """Return those of ``users`` who are users of the partner's own client too.

    Go marks nobody as a partner's user; the intersection of ids is our inference (facts page, 3.2).
    """
    known = {user.id.casefold() for user in partner if user.id}
    return [user for user in users if user.id and user.id.casefold() in known]


def is_user(user: UserRow, who: str | None) -> bool:
    """Return whether ``who``, an e-mail address or an id, is this user."""
    return same(user.id, who) or same(user.email_address, who)


def administers(user: UserRow, today: date) -> bool:
    """Return whether a user can come in and holds the Administrator role."""
    return has_access(user, today) and same(user.access_role_id, ADMINISTRATOR_ROLE)


def holder(users: Sequence[UserRow], firm: Sequence[UserRow], email: str | None, today: date) -> Holder | None:
    """Return how far the person with ``email`` is on the way to the Administrator role."""
    if email is None:
        return None
    user = named(users, email)
    if user is None:
        return Holder.NOBODY
    if user in firm:
        return Holder.FIRM
    if is_invited(user):
        return Holder.INVITED
    return Holder.CLIENT if administers(user, today) else Holder.NOBODY


def split_name(name: str) -> tuple[str, str] | None:
    """Return first and last name as an invitation needs them, or None for a single word."""
    *first, last = name.split() or [""]
    return (" ".join(first), last) if first else None


# --- our integration ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Integration:
    """Our integration on one client, as its own key shows it.

    Attributes:
        present: Whether it is there; None where no key is configured or Go does not tell.
        modules: The client's active subscriptions.
        valid: The integration's privileges.
        invalid: Those that the client's subscriptions make void.
        lock_is_known: The lock date could be read.
        locked_to: Nothing can be posted up to this day, that day included; None for no lock.
    """

    present: bool | None = None
    modules: tuple[str, ...] = ()
    valid: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ()
    lock_is_known: bool = False
    locked_to: date | None = None


def integration(row: IntegrationRow, lock: LockRow | None) -> Integration:
    """Return an integration that answers, with the client's lock date where it was read."""
    return Integration(
        present=True,
        modules=row.active_client_subscriptions or (),
        valid=row.valid_privileges or (),
        invalid=row.invalid_privileges or (),
        lock_is_known=lock is not None,
        locked_to=lock.lock_date if lock else None,
    )


def lacking(found: Integration, needed: Sequence[str]) -> list[str]:
    """Return which of the ``needed`` privileges an integration lacks; ``X_Full`` writes and so reads as well.

    That Go lists privileges by the words with which its specification names them is INFERRED: where none of ours is
    among what it lists, nothing is said.
    """
    valid = {word.casefold().removesuffix("_full") for word in found.valid}
    known = valid | {word.casefold().removesuffix("_full") for word in found.invalid}
    if known.isdisjoint(word.casefold() for word in needed):
        return []
    return [word for word in needed if word.casefold() not in valid]


# --- states -------------------------------------------------------------------------------------------------


def observed(
    row: ClientRow,
    users: Sequence[UserRow],
    partner: Sequence[UserRow],
    *,
    email: str | None,
    left_alone: Sequence[str],
    integration: Integration,
    today: date,
) -> LinkState:
    """Return the state of a client that is in the partner's list.

    Args:
        row: The client.
        users: Its users.
        partner: The users of the partner's own client.
        email: The address of the client's person named in the request.
        left_alone: The firm's users whose last day this case does not set: who stays until replaced as subscription
            administrator, and who keeps access through another partner. They are not among ``firm_access``.
        integration: Our integration on the client.
        today: In Norway.
    """
    firm = firm_users(users, partner)
    ours = [user for user in firm if has_access(user, today)]
    return LinkState(
        linked=True,
        administrator=holder(users, firm, email, today),
        firm_access={u.id: u.to_date for u in ours if u.id and not any(is_user(u, who) for who in left_alone)},
        integration=integration.present,
        locked_to=integration.locked_to,
        status={True: "active", False: "inactive", None: None}[row.is_active],
        firm_is_administrator=any(administers(user, today) for user in ours),
        client_administers=any(administers(user, today) for user in users if user not in firm),
    )


def wanted(state: LinkState, generation_date: date | None, *, administrator: bool, integration: bool) -> LinkState:
    """Return the wanted state.

    Args:
        state: As observed; once the client has left the list, nothing of its users can be wanted through the API.
        generation_date: The last day of the firm's users.
        administrator: The request names somebody.
        integration: The client's own key is configured, so that the integration can be looked at.
    """
    reachable = state.linked is not False
    return LinkState(
        linked=False,
        administrator=Holder.CLIENT if administrator and reachable else None,
        firm_access=last_days(state.firm_access, generation_date) if reachable else None,
        integration=False if integration else None,
    )


def last_days(access: dict[str, date | None] | None, generation_date: date | None) -> dict[str, date | None] | None:
    """Return each firm user's last day: the generation date, or an earlier one that already stands."""
    if access is None or generation_date is None:
        return None
    return {user: min(day or generation_date, generation_date) for user, day in access.items()}


# --- dates --------------------------------------------------------------------------------------------------


def earliest_generation_date(today: date, ends_on: date) -> date:
    """Return the first possible generation date: after the day on which the relationship is severed."""
    return max(today, ends_on + timedelta(days=1)) + timedelta(days=1)


def day_before(period: Period) -> date:
    """Return the day whose closing balances are the period's opening ones."""
    return period.from_ - timedelta(days=1)


def years(period: Period) -> list[tuple[date, date]]:
    """Return the calendar years of ``period``, the first and the last cut to it, both ends included."""
    return [
        (max(period.from_, date(year, 1, 1)), min(period.to, date(year, 12, 31)))
        for year in range(period.from_.year, period.to.year + 1)
    ]
