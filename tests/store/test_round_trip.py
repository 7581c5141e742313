from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from itertools import count

import pytest
from disengage.domain.case import Case
from disengage.store import Store, tagged
from hypothesis import HealthCheck, given, settings

from tests.builders import a_case, a_finding, a_link, a_request, a_step, a_task, cases, toml_values

_COUNT = count()
# The store is one for all examples; each example has a case id of its own.
_many = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def _unlike_others(case: Case) -> Case:
    number = next(_COUNT)
    tasks = tuple(task.model_copy(update={"id": f"{task.id}/{number}"}) for task in case.tasks)
    return case.model_copy(update={"id": f"{case.id}/{number}", "tasks": tasks})


@_many
@given(drawn=cases)
def test_any_case_reads_back_as_it_was_written(store: Store, drawn: Case) -> None:
    case = _unlike_others(drawn)
    with store.new_case(case):
        pass
    assert store.case(case.id) == case


@_many
@given(first=cases, second=cases)
def test_any_case_can_become_any_other_of_its_id(store: Store, first: Case, second: Case) -> None:
    before = _unlike_others(first)
    after = _unlike_others(second).model_copy(update={"id": before.id})
    with store.new_case(before):
        pass
    with store.change(before.id) as work:
        assert work.case == before
        work.case = after
    assert store.case(before.id) == after


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(store: Store) -> None:
    from datetime import datetime, timedelta, timezone

    elsewhere = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    case = a_case(steps=[a_step(wake_at=elsewhere)], gate_opened={"go": elsewhere})
    with store.new_case(case):
        pass
    back = store.case(case.id)
    assert (back.steps[0].wake_at, back.gate_opened["go"]) == (elsewhere, elsewhere)
    assert (back.steps[0].wake_at.tzinfo, back.gate_opened["go"].tzinfo) == (UTC, UTC)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    from datetime import datetime

    naive = datetime(2026, 11, 22)  # noqa: DTZ001 - the subject
    with pytest.raises(ValueError, match="time zone"), store.new_case(a_case(steps=[a_step(wake_at=naive)])):
        pass
    assert store.case_ids() == []


@pytest.mark.parametrize("words", ["\0", "Arkivert\0", '"Arkivert"', '"', "", "Ærlig ☃ \U0001f600"])
def test_text_in_clear_may_hold_any_character(store: Store, words: str) -> None:
    case = a_case(steps=[a_step(outcome=words)])
    with store.new_case(case):
        pass
    assert store.case(case.id) == case


def test_dates_among_the_options_stay_dates(store: Store) -> None:
    case = a_case(request=a_request(options={"go": {"generation_date": date(2027, 1, 15)}}))
    with store.new_case(case):
        pass
    assert store.case(case.id).request.options == {"go": {"generation_date": date(2027, 1, 15)}}


@given(value=toml_values)
def test_tagged_text_gives_any_value_of_a_request_back(value: object) -> None:
    text = tagged.dumps(value)
    assert text.isascii()
    assert tagged.loads(text) == value


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case.model_copy(update={"links": (a_link("crm"), *case.links)}),
        lambda case: case.model_copy(update={"links": ()}),
        lambda case: case.model_copy(update={"steps": case.steps[::-1]}),
        lambda case: case.model_copy(update={"tasks": (a_task(note="Ferdig"),)}),
        lambda case: case.model_copy(update={"findings": (a_finding(code="b"), a_finding(code="a"))}),
        lambda case: case.model_copy(update={"findings": ()}),
    ],
)
def test_lists_are_kept_in_order_when_they_grow_shrink_and_change(store: Store, change: Callable[[Case], Case]) -> None:
    case = a_case(tasks=(a_task(),), findings=(a_finding(code="a"), a_finding(code="c")))
    with store.new_case(case):
        pass
    with store.change(case.id) as work:
        work.case = change(case)
    assert store.case(case.id) == change(case)
