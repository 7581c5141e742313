"""Operations: who may come in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from disengage.domain.rights import Right
from disengage.engine import accounts
from disengage.engine.view import moment
from disengage.errors import NotThereError
from disengage.store import Account
from disengage.web.api.call import Call, Caller
from disengage.web.api.models import people as told
from disengage.web.api.operations import Operations

operations = Operations("People")

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$", description="The login name.")]


@operations.get("/people", Right.ADMINISTER, told.People)
def list_people(call: Caller) -> dict[str, Any]:
    """List everybody who may come in, or might again."""
    return {"people": [_told(account) for account in call.workplace.store.people.all()]}


@operations.get("/people/{person}", Right.ADMINISTER, told.Person)
def get_person(call: Caller, person: Name) -> dict[str, Any]:
    """Show one person."""
    return _told(_account(call, person))


@operations.post("/people/{person}/roles", Right.ADMINISTER, told.Person)
def give_roles(call: Caller, person: Name, given: told.Roles) -> dict[str, Any]:
    """Give somebody exactly these roles; with others than before the person has to sign in again."""
    return _told(accounts.give_roles(call.workplace, _account(call, person).name, given.roles, call.person.name))


@operations.post("/people/{person}/lock", Right.ADMINISTER, told.Person)
def lock_person(call: Caller, person: Name) -> dict[str, Any]:
    """Lock somebody out at once, with all of their tokens."""
    return _told(accounts.lock(call.workplace, _account(call, person).name, call.person.name))


@operations.post("/people/{person}/unlock", Right.ADMINISTER, told.Person)
def unlock_person(call: Caller, person: Name) -> dict[str, Any]:
    """Let somebody in again."""
    return _told(accounts.unlock(call.workplace, _account(call, person).name, call.person.name))


@operations.post("/people", Right.ADMINISTER, told.Invited, status=201, keeps_answer=False)
def invite_person(call: Caller, given: told.Invite) -> dict[str, Any]:
    """Give somebody a name and roles; the answer holds the link with which they come in, and is given once."""
    secret = accounts.invite(call.workplace, given.name, given.roles, call.person.name, given.shown)
    call.headers["Location"] = f"/api/v1/people/{given.name}"
    return _invited(given.name, secret)


@operations.post("/people/{person}/reset", Right.ADMINISTER, told.Invited, keeps_answer=False)
def reset_password(call: Caller, person: Name) -> dict[str, Any]:
    """Make a link with which somebody chooses a password anew; the answer is given once."""
    return _invited(person, accounts.reset(call.workplace, _account(call, person).name, call.person.name))


def _account(call: Call, name: str) -> Account:
    found = call.workplace.store.people.find(name)
    if found is None:
        raise NotThereError("There is nobody of that name.", remedy="See who is there at /people.")
    return found


def _told(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "shown": account.person.shown,
        "roles": sorted(account.person.roles),
        "made_at": moment(account.made_at),
        "locked_at": moment(account.locked_at) if account.locked_at else None,
        "can_come_in": account.can_come_in,
    }


def _invited(name: str, secret: str) -> dict[str, Any]:
    return {"name": name, "path": f"/welcome/{secret}"}
