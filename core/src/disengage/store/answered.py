"""Calls of programs that carried an idempotency key: what each was, and what it was answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.dialects import insert_into
from disengage.store.sealing import Seal
from disengage.store.tables import answered_calls as table

#: So long a key stands for its call.
KEPT = timedelta(hours=24)


class Answered(Frozen):
    """What is known of a call.

    Attributes:
        same: It is the same call with the same body.
        finished: It was answered; otherwise it runs, or broke off.
        status: The HTTP status of the answer.
        answer: The rest of the answer, as JSON types; None where it is not kept.
    """

    same: bool
    finished: bool
    status: int | None = None
    answer: Any = None


class AnsweredCalls:
    """Every call of the last day that carried a key. Keys and bodies are kept as keyed digests, answers sealed.

    Args:
        database: The database.
        seal: The store's key.
    """

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database, self._seal = database, seal

    def begin(self, person: str, key: str, call: str, body: bytes, now: datetime) -> Answered | None:
        """Note that a call begins; return what is known of an earlier one with this key, None where there is none.

        Args:
            person: Who calls.
            key: The idempotency key.
            call: Method and path.
            body: A digest of the body.
            now: The moment.
        """
        asked = {"call": call, "body": self._seal.mark("answered body", body).hex()}
        mine = {"person": person, "key": self._kept(key)}
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.at <= now - KEPT))
            row = {**mine, **asked, "at": now, "finished": False, "answer": None}
            fresh = insert_into(connection, table).values(row).on_conflict_do_nothing()
            if connection.execute(fresh.returning(table.c.key)).first() is not None:
                return None
            return _found(connection, self._its(person, key), asked)

    def finish(self, person: str, key: str, status: int, answer: Any) -> None:
        """Keep what a call was answered; ``answer`` None: that it was, and nothing more."""
        changed = {"finished": True, "status": status, "answer": answer}
        with self._database.writing() as connection:
            connection.execute(update(table).where(self._its(person, key)).values(changed))

    def forget(self, person: str, key: str) -> None:
        """Let a key be used again: its call changed nothing."""
        with self._database.writing() as connection:
            connection.execute(delete(table).where(self._its(person, key)))

    def name(self, person: str, key: str) -> str:
        """Return what stands for the call where it is held while it runs."""
        return f"answered {self._kept(f'{person} {key}')}"

    def _its(self, person: str, key: str) -> ColumnElement[bool]:
        return and_(table.c.person == person, table.c.key == self._kept(key))

    def _kept(self, key: str) -> str:
        return self._seal.mark("answered key", key.encode("utf-8")).hex()


def _found(connection: Connection, its: ColumnElement[bool], asked: dict[str, str]) -> Answered:
    row = connection.execute(select(table).where(its)).one()
    same = (row.call, row.body) == (asked["call"], asked["body"])
    return Answered(same=same, finished=row.finished, status=row.status, answer=row.answer)
