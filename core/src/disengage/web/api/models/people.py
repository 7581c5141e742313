"""People, and what programs act with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from disengage.domain.rights import Right, Role
from disengage.web.api.models.base import Given, Moment, Told


def _printable(shown: str) -> str:
    if not shown.isprintable():
        raise ValueError("holds a letter that cannot be shown")
    return " ".join(shown.split())


Shown = Annotated[str, AfterValidator(_printable)]
SomeRoles = Annotated[list[Annotated[Role, Field(strict=False)]], Field(min_length=1, max_length=len(Role))]


class Me(Told):
    """Who calls.

    Attributes:
        name: The login name, as it stands in the event log.
        shown: The name as people write it.
        rights: What this token may do for the person now.
        language: In which the pages are shown; null: as the browser asks.
    """

    name: str
    shown: str
    roles: list[Role]
    rights: list[Right]
    language: str | None


class ChangeMe(Given):
    """What is changed of whoever calls; null: it stays.

    Attributes:
        shown: The name as people write it.
        language: In which the pages are shown.
    """

    shown: Shown | None = Field(default=None, min_length=1, max_length=80, pattern=r"\S")
    language: Literal["en", "de", "nl", "nb", "sv"] | None = None


class Person(Told):
    """Somebody who may come in, or might again.

    Attributes:
        name: The login name; never given to somebody else.
        locked_at: Since when the person may not come in.
        can_come_in: Whether there is a way in that is not locked.
    """

    name: str
    shown: str
    roles: list[Role]
    made_at: Moment
    locked_at: Moment | None
    can_come_in: bool


class People(Told):
    """Everybody, by name."""

    people: list[Person]


class Roles(Given):
    """What somebody is from now on."""

    roles: SomeRoles


class Invite(Given):
    """Who is let in.

    Attributes:
        name: The login name: small letters, digits, dots, dashes and underscores.
        shown: The name as people write it.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,39}$")
    shown: Shown = Field(default="", max_length=80)
    roles: SomeRoles


class Invited(Told):
    """How somebody comes in.

    Attributes:
        path: The one-time link, without the address of the site; hand it to that person only.
    """

    name: str
    path: str


class Token(Told):
    """What a program acts with.

    Attributes:
        id: By which it is revoked; opens nothing.
        person: For whom it acts.
        label: What the person calls it.
        scopes: The rights it was given.
        last_used: To the minute; null: never.
        revoked_at: Null: it was not revoked.
        opens: Whether it lets anybody in now.
    """

    id: str
    person: str
    label: str
    scopes: list[Right]
    made_at: Moment
    expires_at: Moment
    last_used: Moment | None
    revoked_at: Moment | None
    opens: bool


class TokenList(Told):
    """Tokens, the latest first."""

    tokens: list[Token]
