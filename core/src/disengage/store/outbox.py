"""Wakes: written together with the change that asks for them, and sent to the engine afterwards, at least once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, update

from disengage.domain.values import Frozen
from disengage.store.columns import Moment
from disengage.store.dialects import insert_into
from disengage.store.tables import wakes

_BATCH = 500


class Wake(Frozen):
    """Something that is to be looked at again at a time.

    Attributes:
        id: Its row.
        case: The case.
        what: A link's id, ``@review``, or ``@gate:`` and a connection.
        number: Counts up per case and ``what``; the first is 1.
        at: When.
    """

    id: int
    case: str
    what: str
    number: int
    at: datetime


def add(connection: Connection, case_id: str, what: str, at: datetime) -> None:
    """Ask for a wake; a second one for the same time is nothing. The case must be locked by this transaction."""
    following = (
        select(func.coalesce(func.max(wakes.c.number), 0) + 1)
        .where(wakes.c.case_id == case_id, wakes.c.what == what)
        .scalar_subquery()
    )
    row = {"case_id": case_id, "what": what, "at": literal(at, Moment), "number": following}
    statement = insert_into(connection, wakes).values(row)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["case_id", "what", "at"]))


def unsent(connection: Connection, limit: int) -> list[Wake]:
    """Return the wakes that were not sent yet, oldest first."""
    query = (
        select(wakes.c.id, wakes.c.case_id.label("case"), wakes.c.what, wakes.c.number, wakes.c.at)
        .where(wakes.c.sent_at.is_(None))
        .order_by(wakes.c.id)
        .limit(limit)
    )
    return [Wake.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def mark_sent(connection: Connection, sent: Sequence[Wake], at: datetime) -> None:
    """Record that wakes were sent. They stay, so that the same one asked for again is nothing."""
    numbers = [wake.id for wake in sent]
    for start in range(0, len(numbers), _BATCH):
        here = wakes.c.id.in_(numbers[start : start + _BATCH])
        connection.execute(update(wakes).where(here, wakes.c.sent_at.is_(None)), {"sent_at": at})
