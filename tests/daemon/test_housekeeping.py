"""What is finished long ago is forgotten, what is held is asked after less and less, and nobody seeks too often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from disengage.engine.durable import QUEUE
from disengage.engine.seeking import SELDOM, seek_all
from disengage.engine.worker import HELD_PAUSES, REMEMBERED_FOR, Worker
from disengage.engine.workplace import Workplace
from disengage.settings import load
from disengage_generic_csv.simulator import TableSimulator

from tests.cli.desk import Desk, at_work


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Desk]:
    with at_work(tmp_path, crm=TableSimulator()) as desk:
        yield desk


class Clock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


def ended_segments(desk: Desk) -> int:
    ended = f"queue_name = '{QUEUE}' AND status = 'SUCCESS'"
    return int(desk.sql(f"SELECT count(*) FROM workflow_status WHERE {ended}")[0][0])


def test_segments_are_forgotten_a_month_after_they_ended_and_the_case_is_not(table: Desk) -> None:
    case = table.planned()
    table.call("run", case)
    before, there = table.show(case), ended_segments(table)
    clock = Clock()
    with table._here(), Workplace(load(), now=clock) as workplace, Worker(workplace) as worker:
        clock.at += REMEMBERED_FOR - timedelta(hours=1)
        assert worker.forget_finished(500) == 0
        clock.at += timedelta(hours=2)
        assert [worker.forget_finished(1), worker.forget_finished(500)] == [1, there - 1]
    assert (ended_segments(table), table.show(case)) == (0, before)


def test_a_link_that_somebody_else_holds_is_asked_after_less_and_less_often(table: Desk) -> None:
    case = table.planned()
    clock, pauses = Clock(), []
    with table._here(), Workplace(load(), now=clock) as workplace:
        workplace.store.sent(workplace.store.unsent_wakes())
        worker = Worker(workplace)
        with workplace.store.hold(f"{case}/crm"):
            for _ in range(len(HELD_PAUSES) + 2):
                worker.advance(case, "crm")
                (wake,) = workplace.store.unsent_wakes()
                pauses.append((wake.at - clock.at).total_seconds())
                workplace.store.sent([wake])
                clock.at = wake.at
    wanted = [*HELD_PAUSES, HELD_PAUSES[-1], HELD_PAUSES[-1]]
    assert all(pause <= waited <= pause + 0.2 for pause, waited in zip(wanted, pauses, strict=True)), pauses


def test_workers_that_start_again_and_again_do_not_wake_every_case_each_time(
    table: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kicked: list[str] = []
    monkeypatch.setattr(Worker, "kick", lambda _, cases: kicked.extend(cases))
    case, clock = table.planned(), Clock()
    with table._here(), Workplace(load(), now=clock) as workplace:
        for moment in (timedelta(), SELDOM / 2, SELDOM / 2, -timedelta(days=1)):
            clock.at += moment
            seek_all(workplace, Worker(workplace), Event())
    assert kicked == [case] * 3  # at first, when it was due again, and when the clock had been set back
