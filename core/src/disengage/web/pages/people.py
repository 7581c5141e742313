"""People: who may come in, as what; invited, given roles, locked, let in again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from disengage.domain.rights import Right, Role
from disengage.engine import accounts
from disengage.errors import BlockedError, DisengageError, InputError, LifecycleError, NotThereError
from disengage.store import Account
from disengage.web.doors import Doors
from disengage.web.troubles import status_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.engine.workplace import Workplace
    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/people", needs=Right.ADMINISTER)
def everybody(visit: Visit) -> Response:
    """Show everybody, with a form to invite somebody else."""
    return _everybody(visit)


@doors.post("/people", needs=Right.ADMINISTER)
def invite(visit: Visit) -> Response:
    """Invite somebody, and show the link, once."""
    name, shown = visit.form.text("name"), visit.form.text("shown")
    roles = _roles(visit)
    try:
        secret = accounts.invite(visit.workplace, name, roles, visit.person.name, shown)
    except (InputError, LifecycleError) as error:
        return _everybody(visit, 422, name=name, shown=shown, chosen=roles, error=error)
    return _link(visit, _somebody(visit, name), secret)


@doors.get("/people/{person}", needs=Right.ADMINISTER)
def one(visit: Visit) -> Response:
    """Show one person, and what can be done about them."""
    return _one(visit, _somebody(visit, visit.path["person"]))


@doors.post("/people/{person}/roles", needs=Right.ADMINISTER)
def give_roles(visit: Visit) -> Response:
    """Give somebody other roles."""
    roles = _roles(visit)
    return _done(
        visit, lambda site, name, by: accounts.give_roles(site, name, roles, by), visit.say("The roles were changed.")
    )


@doors.post("/people/{person}/lock", needs=Right.ADMINISTER)
def lock(visit: Visit) -> Response:
    """Lock somebody out."""
    return _done(visit, accounts.lock, visit.say("Locked. Whoever was signed in under that name is signed out."))


@doors.post("/people/{person}/unlock", needs=Right.ADMINISTER)
def unlock(visit: Visit) -> Response:
    """Let somebody in again."""
    return _done(visit, accounts.unlock, visit.say("Unlocked."))


@doors.post("/people/{person}/reset", needs=Right.ADMINISTER)
def reset(visit: Visit) -> Response:
    """Make a link with which somebody chooses a password, and show it, once."""
    account = _somebody(visit, visit.path["person"])
    try:
        secret = accounts.reset(visit.workplace, account.name, visit.person.name)
    except LifecycleError as error:
        return _one(visit, account, status_of(error), error)
    return _link(visit, account, secret)


def _done(visit: Visit, act: Callable[[Workplace, str, str], object], told: str) -> Response:
    """Do something about the person of the address; where that is refused, say so on the person's page."""
    account = _somebody(visit, visit.path["person"])
    try:
        act(visit.workplace, account.name, visit.person.name)
    except (InputError, LifecycleError, BlockedError) as error:
        return _one(visit, account, status_of(error), error)
    return visit.go(f"/people/{account.name}", told)


def _roles(visit: Visit) -> list[Role]:
    return [role for role in Role if role in visit.form.all("roles")]


def _somebody(visit: Visit, name: str) -> Account:
    found = visit.workplace.store.people.find(name)
    if found is None:
        raise NotThereError(visit.say("There is nobody of that name."), remedy=visit.say("Look at all people."))
    return found


def _everybody(
    visit: Visit,
    status: int = 200,
    *,
    name: str = "",
    shown: str = "",
    chosen: list[Role] | None = None,
    error: DisengageError | None = None,
) -> Response:
    return visit.page(
        "people/everybody.html",
        status,
        people=visit.workplace.store.people.all(),
        waiting=_waiting(visit),
        roles=list(Role),
        name=name,
        shown=shown,
        chosen=chosen or [],
        error=error,
    )


def _one(visit: Visit, account: Account, status: int = 200, error: DisengageError | None = None) -> Response:
    return visit.page(
        "people/one.html",
        status,
        account=account,
        waiting=_waiting(visit),
        sessions=visit.workplace.store.sessions.of(account.name),
        roles=list(Role),
        error=error,
    )


def _waiting(visit: Visit) -> dict[str, object]:
    """Return until when whose link is good."""
    standing = visit.workplace.store.invitations.standing(visit.workplace.now())
    return {link.person: link.expires_at for link in standing if link.person}


def _link(visit: Visit, account: Account, secret: str) -> Response:
    base = visit.workplace.settings.web.base_url or str(visit.request.base_url)
    address = f"{base.rstrip('/')}/welcome/{secret}"
    return visit.page("people/link.html", account=account, address=address, until=_waiting(visit)[account.name])
