"""Open tasks over all cases, and marks."""

from __future__ import annotations

from datetime import date

from disengage.domain.case import Case, Task, TaskState
from disengage.domain.lifecycle import CaseState, StepState
from disengage.store import Store

from tests.builders import a_case, a_link, a_step, a_task


def a_case_with(case_id: str, *tasks: Task, state: StepState = StepState.WAITING) -> Case:
    link = a_link()
    return a_case(id=case_id, links=[link], steps=(a_step(link=link, state=state),), tasks=tasks, approved_by=["Kari"])


def test_open_tasks_come_from_all_cases_the_most_urgent_first(store: Store) -> None:
    late, soon, some_day = (
        a_task(id=f"t-{name}", due=due)
        for name, due in (("late", date(2026, 1, 2)), ("soon", date(2026, 3, 4)), ("some day", None))
    )
    done, declined = (a_task(id=f"t-{state}", state=state) for state in (TaskState.DONE, TaskState.DECLINED))
    for case in (a_case_with("c-1", some_day, soon, done), a_case_with("c-2", declined, late)):
        with store.new_case(case):
            pass
    assert store.agenda.open_tasks() == [("c-2", late), ("c-1", soon), ("c-1", some_day)]


def test_cases_are_found_by_their_state(store: Store) -> None:
    for name, state in (("c-1", StepState.REFUSED), ("c-2", StepState.WAITING), ("c-3", StepState.FAILED)):
        with store.new_case(a_case_with(name, state=state)):
            pass
    assert store.agenda.cases_in(CaseState.ATTENTION) == ["c-1", "c-3"]


def test_a_mark_is_kept_until_another_one_takes_its_place(store: Store) -> None:
    assert store.mark("digest mail") is None
    store.keep_mark("digest mail", "2027-01-04")
    store.keep_mark("digest mail", "2027-01-05")
    store.keep_mark("digest", "other")
    assert (store.mark("digest mail"), store.mark("digest")) == ("2027-01-05", "other")
