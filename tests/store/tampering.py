"""What somebody could do to the event log who may do anything to the database but does not have the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from disengage.store import Store
from disengage.store.triggers import SQLITE
from sqlalchemy import Connection

from tests.builders import a_case


@contextmanager
def tampering(store: Store) -> Iterator[Connection]:
    """Give a connection on which the event log can be changed; the triggers are back afterwards."""
    with store.engine.begin() as connection:
        if store.dialect == "sqlite":
            off, on = [f"DROP TRIGGER {name}" for name in SQLITE], list(SQLITE.values())
        else:
            off, on = (["ALTER TABLE events DISABLE TRIGGER ALL"], ["ALTER TABLE events ENABLE TRIGGER ALL"])
        for statement in off:
            connection.exec_driver_sql(statement)
        yield connection
        for statement in on:
            connection.exec_driver_sql(statement)


def record_some(store: Store, how_many: int = 5) -> None:
    """Record events in two cases."""
    with store.new_case(a_case(id="c-other00000")) as work:
        work.event("case_opened", ends_on="2026-12-31")
    with store.new_case(a_case()) as work:
        for number in range(2, how_many + 1):
            work.event("step_done", actor="kari", step="go.sever_link", number=number)
