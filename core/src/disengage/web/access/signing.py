"""Signing in with a password: whether it fits, and what is recorded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.web.access import passwords

if TYPE_CHECKING:
    from disengage.engine.workplace import Workplace
    from disengage.store import Account
    from disengage.web.access.sessions import Sessions


def proven(workplace: Workplace, name: str, password: str) -> Account | None:
    """Return who has that name and password and may come in; None where nobody does, after as long a time.

    A name that nobody has is not recorded: people type passwords there.
    """
    account = workplace.store.people.find(name)
    right = passwords.fits(account.password if account else None, password)
    if account is None:
        _refused(workplace, because="unknown")
        return None
    if not right or account.locked_at is not None:
        _refused(workplace, because="locked" if right else "password", person=account.name)
        return None
    if account.password and passwords.is_outdated(account.password):
        workplace.store.people.keep(account.name, password=passwords.hashed(password))
    return account


def signed_in(workplace: Workplace, sessions: Sessions, name: str, how: str) -> str:
    """Sign somebody in, record it, and return the value of the cookie.

    Raises:
        NotAllowedError: That person may not come in.
    """
    with workplace.store.together():
        value = sessions.open(name, how)
        event = workplace.store.record("signed_in", name, how=how)
    workplace.tell([event])
    return value


def _refused(workplace: Workplace, **payload: str) -> None:
    workplace.tell([workplace.store.record("sign_in_refused", "disengage", **payload)])
