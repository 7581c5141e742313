"""Lines of the list of cases: read without unsealing more than the request."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from disengage.domain.case import TaskState
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.verbs import Mode, Verb
from disengage.engine.listing import CaseLine, Lines, Mark, OnConnection, page
from disengage.store import Store
from disengage.store.lines import Standing

from tests.builders import ORGNR, a_case, a_link, a_step, a_task

DUE = date(2027, 1, 1)


def _written(store: Store, case_id: str, *, connection: str = "go", state: StepState = StepState.WAITING) -> None:
    link = a_link(connection)
    step = a_step(link=link, state=state, waits_for=WaitsFor.DATE if state is StepState.WAITING else None, due=DUE)
    with store.new_case(a_case(id=case_id, links=[link], steps=[step], approved_by=["Kari"])):
        pass


def _ids(found: Lines) -> list[str]:
    return [line.id for line in found.lines]


def test_a_line_says_how_the_case_stands_on_each_connection_and_what_it_waits_for(store: Store) -> None:
    go, bank, crm = a_link("go"), a_link("bank"), a_link("crm")
    steps = [
        a_step(Verb.RETAIN_HISTORY, go, state=StepState.DONE),
        a_step(Verb.SEVER_LINK, go, state=StepState.WAITING, waits_for=WaitsFor.DATE, due=DUE),
        a_step(Verb.SEVER_LINK, bank, state=StepState.WAITING, waits_for=WaitsFor.PERSON, due=date(2026, 12, 1)),
        a_step(Verb.ARCHIVE, bank, mode=Mode.NOT_NEEDED),
        a_step(Verb.SEVER_LINK, crm, state=StepState.SKIPPED),
    ]
    tasks = [a_task(steps[2]), a_task(steps[1], state=TaskState.DONE)]
    with store.new_case(a_case(links=[go, bank, crm], steps=steps, tasks=tasks, approved_by=["Kari"])):
        pass
    assert store.listing.page(CaseState)[0].steps == (
        Standing("go", Mode.AUTOMATIC, StepState.DONE, None, None, 1),
        Standing("go", Mode.AUTOMATIC, StepState.WAITING, WaitsFor.DATE, DUE, 1),
        Standing("bank", Mode.AUTOMATIC, StepState.WAITING, WaitsFor.PERSON, date(2026, 12, 1), 1),
        Standing("bank", Mode.NOT_NEEDED, StepState.PLANNED, None, None, 1),
        Standing("crm", Mode.AUTOMATIC, StepState.SKIPPED, None, None, 1),
    )
    assert page(store).lines == (
        CaseLine(
            number=1,
            id="c-nordlys000",
            state=CaseState.WAITING,
            client="Nordlys Kafé AS",
            client_number=ORGNR,
            ends_on=date(2026, 12, 31),
            connections=(
                OnConnection(connection="go", mark=Mark.WAITING, done=1, steps=2),
                OnConnection(connection="bank", mark=Mark.PERSON, done=0, steps=1),
                OnConnection(connection="crm", mark=Mark.DONE, done=1, steps=1),
            ),
            waits_for=WaitsFor.PERSON,
            until=None,
            open_tasks=1,
        ),
    )


def test_a_case_that_waits_for_dates_only_says_until_when(store: Store) -> None:
    _written(store, "c-1")
    (line,) = page(store).lines
    assert (line.waits_for, line.until) == (WaitsFor.DATE, DUE)


@pytest.mark.parametrize(("oldest_first", "order"), [(False, [5, 4, 3, 2, 1]), (True, [1, 2, 3, 4, 5])])
def test_pages_follow_each_other_whatever_is_opened_meanwhile(
    store: Store, oldest_first: bool, order: list[int]
) -> None:
    for number in range(1, 6):
        _written(store, f"c-{number}", state=StepState.DONE if number % 2 else StepState.WAITING)
    first = page(store, oldest_first=oldest_first, most=3)
    _written(store, "c-6")
    second = page(store, past=first.past, oldest_first=oldest_first, most=3)
    later = ["c-6"] if oldest_first else []
    assert _ids(first) + _ids(second) == [*(f"c-{number}" for number in order), *later]
    assert second.past is None


def test_cases_are_chosen_by_state_and_by_connection(store: Store) -> None:
    _written(store, "c-1", connection="go")
    _written(store, "c-2", connection="bank")
    _written(store, "c-3", connection="bank", state=StepState.DONE)
    assert _ids(page(store, connection="bank")) == ["c-3", "c-2"]
    assert _ids(page(store, [CaseState.CLOSED])) == ["c-3"]
    assert _ids(page(store, [CaseState.WAITING], "go")) == ["c-1"]
    assert _ids(page(store, connection="elsewhere")) == []
    assert store.listing.counts() == {CaseState.WAITING: 2, CaseState.CLOSED: 1}


def test_lines_come_in_the_order_they_are_asked_for_and_of_what_is_there(store: Store) -> None:
    for case_id in ("c-1", "c-2"):
        _written(store, case_id)
    found: list[Any] = [line.id for line in store.listing.lines(["c-2", "c-9", "c-1"])]
    assert found == ["c-2", "c-1"]
