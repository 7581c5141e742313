"""Who may come in: people with their roles, and what they prove themselves by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, RowMapping, Select, func, select, update

from disengage.domain.rights import Person, Role
from disengage.domain.values import Frozen
from disengage.errors import InputError, LifecycleError
from disengage.store.database import Database
from disengage.store.dialects import insert_into
from disengage.store.sealing import Seal
from disengage.store.tables import people


class Account(Frozen):
    """Somebody who may come in, or might again.

    Attributes:
        person: Who it is.
        made_at: When the name was given.
        locked_at: Since when the person may not come in; None: may.
        password: The hash of the password; None: there is none.
        issuer: The identity provider that knows the person; empty: none does.
        subject: What that provider calls the person.
    """

    person: Person
    made_at: datetime
    locked_at: datetime | None = None
    password: str | None = Field(default=None, repr=False)
    issuer: str = ""
    subject: str = ""

    @property
    def name(self) -> str:
        """The login name."""
        return self.person.name

    @property
    def can_come_in(self) -> bool:
        """Whether there is a way in that is not locked."""
        return self.locked_at is None and bool(self.password or self.subject)


class People:
    """People, by their names. Nobody is ever taken out: a name in the event log means one person for ever.

    A method that writes does so within the transaction that is under way, if any.

    Args:
        database: The database.
        seal: Its key.
        now: The clock, UTC.
    """

    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime]) -> None:
        self._database, self._seal, self._now = database, seal, now

    def all(self) -> list[Account]:
        """Return everybody, by name."""
        return self._read(select(people).order_by(people.c.name))

    def is_empty(self) -> bool:
        """Return whether there is nobody yet."""
        with self._database.reading() as connection:
            return not connection.execute(select(func.count()).select_from(people)).scalar_one()

    def find(self, name: str) -> Account | None:
        """Return who has that name; None where nobody has."""
        return next(iter(self._read(select(people).where(people.c.name == name))), None)

    def get(self, name: str) -> Account:
        """Return who has that name.

        Raises:
            InputError: Nobody has.
        """
        found = self.find(name)
        if found is None:
            raise InputError(f"There is nobody named '{name}'.", remedy="See who is there with 'disengage people'.")
        return found

    def known_as(self, issuer: str, subject: str) -> Account | None:
        """Return whom an identity provider calls ``subject``; None where that is nobody."""
        return next(iter(self._read(select(people).where(people.c.subject == self._mark(issuer, subject)))), None)

    def alone(self) -> None:
        """Keep others from changing anybody until the transaction that is under way ends."""
        with self._database.writing() as connection:
            connection.execute(select(people.c.name).order_by(people.c.name).with_for_update()).all()

    def add(self, person: Person) -> None:
        """Give a name to somebody.

        Raises:
            LifecycleError: Somebody has, or had, that name.
        """
        row = {"name": person.name, "roles": _written(person.roles), "made_at": self._now(), "sealed": _sealed(person)}
        with self._database.writing() as connection:
            statement = insert_into(connection, people).values(row).on_conflict_do_nothing(index_elements=["name"])
            if connection.execute(statement.returning(people.c.name)).first() is None:
                raise LifecycleError(
                    f"The name '{person.name}' is taken: it was given to somebody, and is never given again.",
                    remedy="Choose another one.",
                )

    def give_roles(self, name: str, roles: Iterable[Role]) -> None:
        """Give exactly these roles."""
        self._update(name, roles=_written(roles))

    def lock(self, name: str) -> None:
        """Lock somebody out."""
        self._update(name, locked_at=self._now())

    def unlock(self, name: str) -> None:
        """Let somebody back in."""
        self._update(name, locked_at=None)

    def keep(self, name: str, **changes: str | None) -> None:
        """Keep ``shown``, ``language`` or ``password`` (its hash)."""
        with self._database.writing() as connection:
            self._change(connection, name, changes)

    def know_as(self, name: str, issuer: str, subject: str) -> None:
        """Note what an identity provider calls somebody.

        Raises:
            LifecycleError: It calls somebody else that.
        """
        other = self.known_as(issuer, subject)
        if other is not None and other.name != name:
            raise LifecycleError(
                f"{name} cannot be tied to that account of the identity provider: it is another person's.",
                remedy="Sign in there with the right account.",
            )
        with self._database.writing() as connection:
            self._change(connection, name, {"issuer": issuer, "subject": subject})
            self._execute(connection, name, subject=self._mark(issuer, subject))

    def _change(self, connection: Connection, name: str, changes: dict[str, str | None]) -> None:
        query = select(people.c.sealed).where(people.c.name == name).with_for_update()
        sealed = connection.execute(query).scalar_one()
        self._execute(connection, name, sealed={**sealed, **changes})

    def _update(self, name: str, **values: Any) -> None:
        with self._database.writing() as connection:
            self._execute(connection, name, **values)

    def _execute(self, connection: Connection, name: str, **values: Any) -> None:
        connection.execute(update(people).where(people.c.name == name).values(values))

    def _read(self, query: Select[Any]) -> list[Account]:
        with self._database.reading() as connection:
            return [_account(row) for row in connection.execute(query).mappings()]

    def _mark(self, issuer: str, subject: str) -> str:
        return self._seal.mark("subject", f"{issuer}\0{subject}".encode()).hex()


def _account(row: RowMapping) -> Account:
    sealed = dict(row["sealed"])
    roles = frozenset(map(Role, row["roles"].split()))
    person = Person(name=row["name"], shown=sealed.pop("shown"), roles=roles, language=sealed.pop("language"))
    return Account(person=person, made_at=row["made_at"], locked_at=row["locked_at"], **sealed)


def _written(roles: Iterable[Role]) -> str:
    return " ".join(role for role in Role if role in frozenset(roles))


def _sealed(person: Person) -> dict[str, str | None]:
    return {"shown": person.shown, "language": person.language}
