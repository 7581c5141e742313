"""Cases at hand: what nobody changed is not read again, and what somebody changed is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from disengage.domain.case import Case
from disengage.domain.lifecycle import StepEvent
from disengage.store import Store
from disengage.store.database import Database, further_engine
from sqlalchemy import event, text

from tests.builders import NOW, a_case


@contextmanager
def tables_read(store: Store) -> Iterator[list[str]]:
    """Collect the table behind every FROM."""
    seen: list[str] = []

    def collect(connection: object, cursor: object, statement: str, *rest: object) -> None:
        words = statement.split()
        if "FROM" in words:
            seen.append(words[words.index("FROM") + 1])

    event.listen(store.engine, "before_cursor_execute", collect)
    yield seen
    event.remove(store.engine, "before_cursor_execute", collect)


@pytest.fixture
def two(url: str, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Give one store twice, as two processes have it; the first keeps cases at hand."""
    with Store.open(url, tmp_path, create=True, now=lambda: NOW) as mine, Store.open(url, tmp_path) as theirs:
        mine.keep_at_hand(2)
        yield mine, theirs


def _started(case: Case) -> Case:
    return case.with_step(case.steps[0].on(StepEvent.START, attempts=1))


def _start(store: Store, case_id: str) -> None:
    with store.change(case_id) as work:
        work.case = _started(work.case)


def _start_and_fail(store: Store) -> None:
    with store.change(a_case().id) as work:
        work.case = _started(work.case)
        raise ZeroDivisionError


def test_a_case_at_hand_is_not_read_again(two: tuple[Store, Store]) -> None:
    mine, _ = two
    with mine.new_case(a_case()):
        pass
    _start(mine, a_case().id)
    with tables_read(mine) as read:
        assert mine.case(a_case().id) == _started(a_case())
    assert read == ["cases"]


def test_what_another_process_changed_is_read_anew(two: tuple[Store, Store]) -> None:
    mine, theirs = two
    with mine.new_case(a_case()):
        pass
    assert mine.case(a_case().id) == a_case()
    _start(theirs, a_case().id)
    assert mine.case(a_case().id) == _started(a_case())
    with theirs.change(a_case().id) as work:
        work.case = work.case.model_copy(update={"cancelled": True})
    with mine.change(a_case().id) as work:
        assert work.case == _started(a_case()).model_copy(update={"cancelled": True})


def test_a_change_that_failed_is_not_at_hand(two: tuple[Store, Store]) -> None:
    mine, _ = two
    with mine.new_case(a_case()):
        pass
    with pytest.raises(ZeroDivisionError):
        _start_and_fail(mine)
    assert mine.case(a_case().id) == a_case()


def test_no_more_cases_are_at_hand_than_was_said(two: tuple[Store, Store]) -> None:
    mine, _ = two
    for number in range(3):
        with mine.new_case(a_case(id=f"c-{number}")):
            pass
        mine.case(f"c-{number}")
    with tables_read(mine) as read:
        mine.case("c-2")
        mine.case("c-1")
    assert read == ["cases"] * 2
    with tables_read(mine) as read:
        mine.case("c-0")
    assert "steps" in read


def test_nothing_is_at_hand_unless_somebody_says_so(two: tuple[Store, Store]) -> None:
    mine, theirs = two
    with mine.new_case(a_case()):
        pass
    theirs.case(a_case().id)
    with tables_read(theirs) as read:
        theirs.case(a_case().id)
    assert "steps" in read


def _delete_and_fail(engine: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM things"))
        raise ZeroDivisionError


def test_whoever_writes_through_the_further_engine_has_the_turn_until_it_is_written(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    engine: Any = further_engine(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (a INTEGER)"))
    with engine.begin() as connection:
        connection.execute(text("SELECT a FROM things"))
        assert not database.turn.locked()
        connection.execute(text("INSERT INTO things VALUES (1)"))
        connection.execute(text("UPDATE things SET a = 2"))
        assert database.turn.locked()
    assert not database.turn.locked()
    with pytest.raises(ZeroDivisionError):
        _delete_and_fail(engine)
    assert not database.turn.locked()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT a FROM things")).scalar_one() == 2
    engine.dispose()
    database.close()
