"""Which cases are listed where there are too many to list all: open ones always, finished ones as far as asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, func, select

from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState
from disengage.domain.values import Frozen
from disengage.store import lines
from disengage.store.cases import load
from disengage.store.database import Database
from disengage.store.lines import Asked, Line
from disengage.store.tables import cases

_FINISHED = frozenset({CaseState.CLOSED, CaseState.CANCELLED})
#: So many cases are in memory at a time.
_BATCH = 500


class Listed(Frozen):
    """What is listed.

    Attributes:
        ids: The cases, oldest first.
        left_out: How many finished ones, all older than those listed, are not among them.
    """

    ids: tuple[str, ...]
    left_out: int


class Listing:
    """Cases by state; read, never written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choose(self, states: Iterable[CaseState], finished_at_most: int | None = None) -> Listed:
        """Return the cases in these states; of the finished ones only the newest, if a number is given."""
        chosen = set(states)
        with self._database.reading() as connection:
            still_open = _numbered(connection, chosen - _FINISHED, None)
            finished = _numbered(connection, chosen & _FINISHED, finished_at_most)
            of_all = len(finished) if finished_at_most is None else _count(connection, chosen & _FINISHED)
        ids = tuple(case_id for _, case_id in sorted([*still_open, *finished]))
        return Listed(ids=ids, left_out=of_all - len(finished))

    def read(self, ids: Sequence[str]) -> Iterator[Case]:
        """Read these cases one after the other, however many they are."""
        for start in range(0, len(ids), _BATCH):
            with self._database.reading() as connection:
                found = load(connection, ids[start : start + _BATCH])
            yield from found

    def counts(self) -> dict[CaseState, int]:
        """Return how many cases are in each state; none of a state that no case is in."""
        with self._database.reading() as connection:
            return lines.counts(connection)

    def page(
        self,
        states: Iterable[CaseState],
        on: str = "",
        past: int | None = None,
        most: int = 50,
        *,
        oldest_first: bool = False,
    ) -> list[Line]:
        """Return so many lines of the list of cases in these states; as ``lines.chosen`` says."""
        with self._database.reading() as connection:
            ids = lines.chosen(connection, states, on, past, most, oldest_first=oldest_first)
            return lines.read(connection, ids)

    def lines(self, ids: Sequence[str]) -> list[Line]:
        """Return the lines of these cases, in this order; one that is not there is left out."""
        with self._database.reading() as connection:
            return lines.read(connection, ids)

    def asked(self, after: int = 0) -> Iterator[Asked]:
        """Yield for whom every case is that was opened after the one of this number, oldest first."""
        while True:
            with self._database.reading() as connection:
                batch = lines.asked(connection, after)
            yield from batch
            if not batch:
                return
            after = batch[-1].number

    def asked_again(self, event: int) -> list[Asked]:
        """Return for whom the cases are that were planned, perhaps anew, after the event of this number."""
        with self._database.reading() as connection:
            return lines.asked_again(connection, event)


def _numbered(connection: Connection, states: Iterable[CaseState], most: int | None) -> list[tuple[int, str]]:
    """Return number and id of the newest ``most``, state by state: so the index that has both is enough."""
    found: list[tuple[int, str]] = []
    for state in states:
        query = select(cases.c.number, cases.c.id).where(cases.c.state == str(state))
        rows = connection.execute(query.order_by(cases.c.number.desc()).limit(most))
        found += [(row.number, row.id) for row in rows]
    return sorted(found, reverse=True)[:most]


def _count(connection: Connection, states: Iterable[CaseState]) -> int:
    query = select(func.count()).where(cases.c.state.in_([str(state) for state in states]))
    return int(connection.execute(query).scalar_one())
