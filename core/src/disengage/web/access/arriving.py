"""Who comes from the identity provider: somebody known, somebody invited, or somebody new whose groups give a role.

Somebody is known by what the provider calls them for ever, never by a name that it may give to another one later. The
name counts once: it ties an invited person, who has no password, to the provider's account. Whoever has a password
here is never tied by name, so that nobody becomes them by choosing their name there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.domain.rights import Person, Role
from disengage.engine import accounts
from disengage.errors import NotAllowedError

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace
    from disengage.store import Account, EventRecord
    from disengage.web.access.oidc import Claims

#: Who changes roles where the provider's groups say so.
ACTOR = "disengage"
_LONGEST_SHOWN = 80


def arrived(workplace: Workplace, claims: Claims) -> Account:
    """Return who comes, with the roles of this moment.

    Raises:
        NotAllowedError: Nobody of ours, or somebody who may not come in; what to do is said.
        BlockedError: The provider takes the administrator's role from the last one who has it.
    """
    given = _given(workplace, claims)
    events: list[EventRecord] = []
    with workplace.store.together():
        workplace.store.people.alone()
        found = workplace.store.people.known_as(claims.issuer, claims.subject)
        account = found or _first_time(workplace, claims, given, events)
    workplace.tell(events)
    if account.locked_at is not None:
        raise _not_in("You may not come in here.", "Ask an administrator.")
    return account if given is None else _refreshed(workplace, account, given)


def _given(workplace: Workplace, claims: Claims) -> frozenset[Role] | None:
    """Return the roles that the groups give; None where roles are given here."""
    settings = workplace.settings.web.oidc
    if not settings.roles_claim:
        return None
    groups = claims.texts(settings.roles_claim)
    return frozenset(role for group, role in settings.roles.items() if group in groups)


def _first_time(
    workplace: Workplace, claims: Claims, given: frozenset[Role] | None, events: list[EventRecord]
) -> Account:
    """Tie an invited person to the provider's account, or make somebody new."""
    store, people = workplace.store, workplace.store.people
    name = claims.text(workplace.settings.web.oidc.username_claim).lower()
    invited = people.find(name)
    if invited is not None and not (invited.password or invited.subject):
        store.invitations.withdraw(name)
        events.append(store.record("person_linked", name, person=name))
    elif given:
        name = _new_name(workplace, name)
        shown = claims.text("name")[:_LONGEST_SHOWN]
        people.add(Person(name=name, shown=shown if shown.isprintable() else "", roles=given))
        roles = [str(role) for role in Role if role in given]
        events.append(store.record("person_arrived", name, person=name, roles=roles))
    else:
        raise _not_in(
            "The identity provider knows you, and nobody has let you in here yet.",
            "Ask an administrator to invite you by the login name that the provider has for you.",
        )
    people.know_as(name, claims.issuer, claims.subject)
    return people.get(name)


def _new_name(workplace: Workplace, wanted: str) -> str:
    """Return a login name that can be given; of an e-mail address, which stands in no log, what is before the sign."""
    name = wanted if accounts.NAME.fullmatch(wanted) else wanted.partition("@")[0]
    if not accounts.NAME.fullmatch(name):
        raise _not_in(
            "The identity provider has no login name for you that can be used here.",
            "An administrator names another claim in web.oidc.username_claim.",
        )
    if workplace.store.people.find(name) is not None:
        raise _not_in("Your login name belongs to somebody else here.", "Ask an administrator.")
    return name


def _refreshed(workplace: Workplace, account: Account, given: frozenset[Role]) -> Account:
    """Give the roles that the groups give now; without any, nobody comes in."""
    if given:
        return accounts.give_roles(workplace, account.name, given, ACTOR)
    if account.person.roles:
        _take_roles(workplace, account)
    raise _not_in("None of your groups has a role here.", "Ask an administrator.")


def _take_roles(workplace: Workplace, account: Account) -> None:
    """Take every role, which open sessions and tokens feel at once."""
    was = [str(role) for role in Role if role in account.person.roles]
    with workplace.store.together():
        workplace.store.people.give_roles(account.name, ())
        workplace.store.sessions.end_all(account.name)
        event = workplace.store.record("roles_changed", ACTOR, person=account.name, roles=[], was=was)
    workplace.tell([event])


def _not_in(message: str, remedy: str) -> NotAllowedError:
    return NotAllowedError(message, remedy=remedy)
