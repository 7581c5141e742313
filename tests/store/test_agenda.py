"""Open tasks over all cases, and marks."""

from __future__ import annotations

from datetime import date

from disengage.domain.case import Case, Task, TaskState
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState, StepState
from disengage.store import Store

from tests.builders import a_case, a_finding, a_link, a_step, a_task


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


def test_open_tasks_can_be_read_a_page_at_a_time_and_counted_without(store: Store) -> None:
    tasks = [a_task(id=f"t-{day}", due=date(2026, 1, day) if day < 5 else None) for day in (1, 2, 2 + 1, 4, 5)]
    with store.new_case(a_case_with("c-1", *tasks, a_task(id="t-done", state=TaskState.DONE))):
        pass
    assert [task.id for _, task in store.agenda.open_tasks(2, after=2)] == ["t-3", "t-4"]
    assert store.agenda.open_by_deadline() == {date(2026, 1, day): 1 for day in (1, 2, 3, 4)} | {None: 1}
    assert store.agenda.clients(["c-1", "c-2"]) == {"c-1": "Nordlys Kafé AS"}


def test_plans_wait_for_approval_until_enough_people_approved_them_unless_blocked(store: Store) -> None:
    blocker = a_finding(code="client_not_found", severity=Severity.BLOCKER)
    untouched = {
        "c-new": a_case(id="c-new", findings=[a_finding()]),
        "c-half": a_case(id="c-half", needed=2, approved_by=["Anna"]),
        "c-stale": a_case(id="c-stale", approved_by=["Anna"], fresh=False),
        "c-enough": a_case(id="c-enough", approved_by=["Anna"]),
        "c-blocked": a_case(id="c-blocked", findings=[blocker]),
        "c-off": a_case(id="c-off", cancelled=True),
    }
    for case in untouched.values():
        with store.new_case(case):
            pass
    whole = [untouched[name] for name in ("c-new", "c-half", "c-stale")]
    bare = {"links": (), "steps": (), "tasks": (), "findings": ()}
    assert store.agenda.to_approve(5) == [case.model_copy(update=bare) for case in whole]
    assert [case.id for case in store.agenda.to_approve(2)] == ["c-new", "c-half"]


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
