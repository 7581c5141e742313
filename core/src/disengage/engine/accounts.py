"""Who may come in: people are invited, welcomed, given roles, locked; each is one transaction with one event."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from disengage.domain.rights import Person, Role
from disengage.engine.view import moment
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, InputError, LifecycleError
from disengage.store import Account, EventRecord, Invitation, Purpose

#: Names stand in the event log, so they are no e-mail addresses.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
#: So long a link is good.
GOOD_FOR = {
    Purpose.SETUP: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.RESET: timedelta(hours=24),
}
#: Bytes of chance in a link.
_CHANCE = 32


def checked_name(given: str) -> str:
    """Return a login name that can be given.

    Raises:
        InputError: It cannot.
    """
    name = given.strip()
    if not NAME.fullmatch(name):
        raise InputError(
            "This is no login name: it has 2 to 40 small letters, digits, dots, dashes and underscores, and begins "
            "with a letter or digit.",
            remedy="Choose one like 'kari.nordmann'; it stands in the event log, so no e-mail address.",
        )
    return name


def first_link(workplace: Workplace) -> str | None:
    """Return the secret part of a new link that makes the first person; None where somebody is there already.

    An earlier one opens nothing any more.
    """
    with _alone(workplace):
        workplace.store.invitations.withdraw(None)
        return _issued(workplace, None, Purpose.SETUP) if workplace.store.people.is_empty() else None


def invite(workplace: Workplace, given: str, roles: Iterable[Role], by: str, shown: str = "") -> str:
    """Give somebody a name and roles; return the secret part of the link with which they come in.

    Raises:
        InputError: The name cannot be given, or no role was.
        LifecycleError: The name was given before.
    """
    who, name, chosen = somebody(by), checked_name(given), _some(roles)
    with _alone(workplace) as events:
        workplace.store.people.add(Person(name=name, shown=" ".join(shown.split()), roles=chosen))
        secret = _issued(workplace, name, Purpose.INVITATION)
        events.append(workplace.store.record("person_invited", who, person=name, roles=_words(chosen)))
    return secret


def reset(workplace: Workplace, name: str, by: str) -> str:
    """Return the secret part of a link with which somebody chooses a password anew.

    Raises:
        InputError: There is nobody of that name.
        LifecycleError: That person is locked.
    """
    who = somebody(by)
    with _alone(workplace) as events:
        account = _free(workplace.store.people.get(name))
        purpose = Purpose.RESET if account.can_come_in else Purpose.INVITATION
        secret = _issued(workplace, name, purpose)
        events.append(workplace.store.record("password_reset", who, person=name))
    return secret


def give_roles(workplace: Workplace, name: str, roles: Iterable[Role], by: str) -> Account:
    """Give somebody exactly these roles; whoever has others than before has to sign in again.

    Raises:
        InputError: There is nobody of that name, or no role was named.
        BlockedError: Nobody would be left who administers.
    """
    who, chosen = somebody(by), _some(roles)
    with _alone(workplace) as events:
        account = workplace.store.people.get(name)
        if chosen == account.person.roles:
            return account
        if Role.ADMINISTRATOR not in chosen:
            _someone_is_left(workplace, account)
        workplace.store.people.give_roles(name, chosen)
        workplace.store.sessions.end_all(name)
        was = _words(account.person.roles)
        events.append(workplace.store.record("roles_changed", who, person=name, roles=_words(chosen), was=was))
    return workplace.store.people.get(name)


def lock(workplace: Workplace, name: str, by: str) -> Account:
    """Lock somebody out at once: sessions and the calendar's address end, and open links open nothing any more.

    Raises:
        InputError: There is nobody of that name.
        BlockedError: Nobody would be left who administers.
        LifecycleError: That person is locked already.
    """
    who = somebody(by)
    with _alone(workplace) as events:
        account = _free(workplace.store.people.get(name))
        _someone_is_left(workplace, account)
        workplace.store.people.lock(name)
        workplace.store.sessions.end_all(name)
        workplace.store.invitations.withdraw(name)
        workplace.store.feeds.end(name)
        events.append(workplace.store.record("person_locked", who, person=name))
    return workplace.store.people.get(name)


def unlock(workplace: Workplace, name: str, by: str) -> Account:
    """Let somebody in again.

    Raises:
        InputError: There is nobody of that name.
        LifecycleError: That person is not locked.
    """
    who = somebody(by)
    with _alone(workplace) as events:
        if workplace.store.people.get(name).locked_at is None:
            raise LifecycleError(f"{name} is not locked.", remedy="There is nothing to do.")
        workplace.store.people.unlock(name)
        events.append(workplace.store.record("person_unlocked", who, person=name))
    return workplace.store.people.get(name)


def invitation(workplace: Workplace, secret: str) -> Invitation:
    """Return what a link is for.

    Raises:
        LifecycleError: It opens nothing, or nothing any more.
    """
    found = workplace.store.invitations.find(secret)
    if found is None or found.used_at is not None or found.expires_at <= workplace.now():
        raise _opens_nothing()
    return found


def welcome(workplace: Workplace, secret: str, person: Person, password: str) -> Account:
    """Use a link: keep the password, and who that is.

    Args:
        workplace: The workplace.
        secret: The link's secret part.
        person: How they are shown; where the link makes the first person, also the name and the roles.
        password: The hash of the password.

    Raises:
        InputError: The name cannot be given, or no role was.
        LifecycleError: The link opens nothing any more, or the name is taken.
    """
    with _alone(workplace) as events:
        found = invitation(workplace, secret)
        if not workplace.store.invitations.use(secret, workplace.now()):
            raise _opens_nothing()  # somebody else used it in this very moment
        name = _first(workplace, person) if found.person is None else found.person
        changes = {"shown": person.shown} if person.shown else {}
        workplace.store.people.keep(name, password=password, **changes)
        workplace.store.sessions.end_all(name)
        account = workplace.store.people.get(name)
        told = {"person": name, "purpose": str(found.purpose), "roles": _words(account.person.roles)}
        events.append(workplace.store.record("person_welcomed", name, **told))
    return account


def _opens_nothing() -> LifecycleError:
    return LifecycleError(
        "This link opens nothing: it was used already, is too old, or was replaced by a newer one.",
        remedy="Ask an administrator for a new one.",
    )


def _first(workplace: Workplace, person: Person) -> str:
    """Make the first person, who has to be able to let others in."""
    if not workplace.store.people.is_empty():
        raise LifecycleError("Somebody was first already.", remedy="Ask an administrator for an invitation.")
    name = checked_name(person.name)
    workplace.store.people.add(person.model_copy(update={"name": name, "roles": person.roles | {Role.ADMINISTRATOR}}))
    return name


@contextmanager
def _alone(workplace: Workplace) -> Iterator[list[EventRecord]]:
    """Change people while nobody else does, whole or not at all; then tell of the events in the list."""
    events: list[EventRecord] = []
    with workplace.store.together():
        workplace.store.people.alone()
        yield events
    workplace.tell(events)


def _issued(workplace: Workplace, person: str | None, purpose: Purpose) -> str:
    now, secret = workplace.now(), secrets.token_urlsafe(_CHANCE)
    link = Invitation(person=person, purpose=purpose, made_at=now, expires_at=now + GOOD_FOR[purpose])
    workplace.store.invitations.issue(secret, link)
    return secret


def _free(account: Account) -> Account:
    if account.locked_at is not None:
        raise LifecycleError(f"{account.name} is locked.", remedy="Unlock the person first, if that is meant.")
    return account


def _someone_is_left(workplace: Workplace, account: Account) -> None:
    """Let pass what leaves somebody who administers and can come in."""
    left = [one.name for one in workplace.store.people.all() if _administers(one) and one.name != account.name]
    if _administers(account) and not left:
        raise BlockedError(
            f"{account.name} is the last one who administers; nobody could let anybody in any more.",
            remedy="Make somebody else an administrator first, who has come in once.",
        )


def _administers(account: Account) -> bool:
    return account.can_come_in and Role.ADMINISTRATOR in account.person.roles


def _some(roles: Iterable[Role]) -> frozenset[Role]:
    chosen = frozenset(roles)
    if not chosen:
        raise InputError("No role was given.", remedy=f"Choose at least one of: {', '.join(Role)}.")
    return chosen


def _words(roles: Iterable[Any]) -> list[str]:
    return [str(role) for role in Role if role in frozenset(roles)]


def state_of(account: Account) -> str:
    """Return ``locked``, ``active``, or ``invited``: there is no way in yet."""
    if account.locked_at is not None:
        return "locked"
    return "active" if account.can_come_in else "invited"


def account_json(account: Account) -> dict[str, Any]:
    """Return somebody as JSON types; nothing of what they prove themselves by."""
    return {
        "name": account.name,
        "shown": account.person.shown,
        "roles": _words(account.person.roles),
        "state": state_of(account),
        "made_at": moment(account.made_at),
        "locked_at": moment(account.locked_at) if account.locked_at else None,
    }


def address(workplace: Workplace, secret: str) -> str:
    """Return the address of a link, as people open it."""
    web = workplace.settings.web
    return f"{web.base_url or web.address()}/welcome/{secret}"
