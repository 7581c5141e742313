from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState, StepEvent
from disengage.errors import InputError, LifecycleError
from disengage.store import EvidenceRow, Outage, Store, Wake
from sqlalchemy import event, text

from tests.builders import NOW, ORGNR, a_case, a_link, a_request, a_step, a_task

LATER = NOW + timedelta(days=1)


@contextmanager
def writes(store: Store) -> Iterator[list[str]]:
    """Collect the beginning of every statement that writes."""
    seen: list[str] = []

    def collect(connection: object, cursor: object, statement: str, *rest: object) -> None:
        words = statement.split()
        if words[0] in ("INSERT", "UPDATE", "DELETE"):
            seen.append(" ".join(words[: 2 if words[0] == "UPDATE" else 3]))

    event.listen(store.engine, "before_cursor_execute", collect)
    yield seen
    event.remove(store.engine, "before_cursor_execute", collect)


def _started(case: Case, number: int = 0) -> Case:
    return case.with_step(case.steps[number].on(StepEvent.START, attempts=1))


def test_a_change_is_there_afterwards(store: Store) -> None:
    case = a_case()
    with store.new_case(case) as work:
        work.case = _started(case)
    assert store.case(case.id) == _started(case)


def test_a_block_that_raises_changes_nothing(store: Store) -> None:
    case = a_case()
    with store.new_case(case):
        pass
    with pytest.raises(ZeroDivisionError):
        _change_everything_and_fail(store)
    assert store.case(case.id) == case
    assert (store.events(), store.unsent_wakes(), store.evidence(case.id), store.outages.all()) == ([], [], [], [])


def _change_everything_and_fail(store: Store) -> None:
    with store.change(a_case().id) as work:
        work.case = _started(work.case)
        work.event("step_started")
        work.wake("go", NOW)
        work.evidence("go.sever_link", "receipt", detail={})
        store.outages.failed("go", NOW, "refused", _down)
        _ = 1 / 0


def test_a_new_case_whose_block_raises_is_not_there(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.new_case(a_case()):
        _ = 1 / 0
    assert not store.has(a_case().id)


def test_a_case_that_exists_cannot_be_made_again(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with pytest.raises(LifecycleError), store.new_case(a_case(plan_hash="sha256:other")):
        pass
    assert store.cases() == [a_case()]


def test_a_case_cannot_become_another(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with pytest.raises(ValueError, match="cannot become"), store.change(a_case().id) as work:
        work.case = a_case(id="c-other00000")


def test_two_steps_of_one_id_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="same id"), store.new_case(a_case(steps=[a_step(), a_step()])):
        pass


def test_a_case_is_found_by_the_beginning_of_its_id_if_only_one_has_it(store: Store) -> None:
    for case_id in ("c-abc0000000", "c-abd0000000", "c-abd"):
        with store.new_case(a_case(id=case_id)):
            pass
    assert store.case("c-abc").id == "c-abc0000000"
    assert store.case("c-abd").id == "c-abd"
    for unclear in ("c-ab", "c-x", "", "c-ab%", "C-ABC"):
        with pytest.raises(InputError):
            store.case(unclear)
    with store.change("c-abc") as work:
        assert work.case.id == "c-abc0000000"
    assert (store.has("c-abc"), store.has("c-abd")) == (False, True)


def test_changing_or_waking_an_unknown_case_is_an_input_error(store: Store) -> None:
    with pytest.raises(InputError), store.change("c-unknown"):
        pass
    with pytest.raises(InputError):
        store.wake_now("c-unknown", "go", NOW)


def test_cases_come_oldest_first_and_unfinished_ones_alone_on_request(store: Store) -> None:
    first, over, last = a_case(id="c-z"), a_case(id="c-m", cancelled=True), a_case(id="c-a")
    for case in (first, over, last):
        with store.new_case(case):
            pass
    assert store.cases() == [first, over, last]
    assert store.cases(unfinished=True) == [first, last]
    assert store.case_ids(unfinished=True) == ["c-z", "c-a"]
    with store.change("c-z") as work:
        work.case = work.case.model_copy(update={"cancelled": True})
    assert store.case_ids(unfinished=True) == ["c-a"]


def test_the_state_beside_the_case_follows_its_steps(store: Store) -> None:
    case = a_case(steps=[a_step()], approved_by=["kari"])
    with store.new_case(case):
        pass
    states = []
    for move in (StepEvent.START, StepEvent.FAIL, StepEvent.SKIP):
        with store.change(case.id) as work:
            work.case = work.case.with_step(work.case.steps[0].on(move))
        with store.engine.connect() as connection:
            states.append(connection.execute(text("SELECT state FROM cases")).scalar_one())
    assert states == [CaseState.RUNNING, CaseState.ATTENTION, CaseState.CLOSED]


def test_changing_one_step_writes_its_row_the_cases_count_the_event_and_nothing_else(store: Store) -> None:
    case = a_case(links=[a_link(f"c{n}") for n in range(6)], approved_by=["kari"], tasks=(a_task(),))
    with store.new_case(case):
        pass
    with store.change(case.id) as work:
        work.case = _started(case)
    with writes(store) as seen, store.change(case.id) as work:
        work.case = work.case.with_step(work.case.steps[1].on(StepEvent.START, attempts=1))
        work.event("step_started", step=case.steps[1].id)
    assert seen == ["UPDATE cases", "UPDATE steps", "INSERT INTO events", "UPDATE chain_head"]


def test_a_change_that_changes_nothing_writes_nothing(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with writes(store) as seen, store.change(a_case().id) as work:
        work.case = Case.model_validate(work.case.model_dump(by_alias=True))
    assert seen == []


def test_many_cases_are_read_with_as_many_statements_as_one(store: Store) -> None:
    counts = []
    for number in range(1, 4):
        with store.new_case(a_case(id=f"c-{number}")):
            pass
        statements: list[str] = []
        count = lambda connection, cursor, statement, *rest: statements.append(statement)  # noqa: E731, B023
        event.listen(store.engine, "before_cursor_execute", count)
        assert len(store.cases()) == number
        event.remove(store.engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert len(set(counts)) == 1


def test_more_cases_than_fit_into_one_statement_are_read_in_order(sqlite_store: Store) -> None:
    ids = [f"c-{number}" for number in range(502)]
    for case_id in ids:
        with sqlite_store.new_case(a_case(id=case_id, links=())):
            pass
    assert [case.id for case in sqlite_store.cases()] == ids


def test_listing_unfinished_cases_uses_an_index(store: Store) -> None:
    from disengage.store import cases

    asked: list[str] = []
    collect = lambda connection, cursor, statement, parameters, *rest: asked.append((statement, parameters))  # noqa: E731
    event.listen(store.engine, "before_cursor_execute", collect)
    with store._database.reading() as connection:
        cases.ids(connection, unfinished=True)
    event.remove(store.engine, "before_cursor_execute", collect)
    statement, parameters = asked[-1]
    with store.engine.connect() as connection:
        if store.dialect == "postgresql":
            connection.exec_driver_sql("SET enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN " if store.dialect == "sqlite" else "EXPLAIN "
        plan = str(connection.exec_driver_sql(explain + statement, parameters).all())
    assert "ix_cases_state_number" in plan


def test_a_task_leads_to_its_case(store: Store) -> None:
    case = a_case(tasks=(a_task(),))
    with store.new_case(case):
        pass
    assert store.case_of_task(case.tasks[0].id) == case.id
    with pytest.raises(InputError):
        store.case_of_task("t-unknown")


def test_the_same_request_gives_the_same_case_id_and_another_store_another(store: Store, sqlite_url: str) -> None:
    case_id = store.case_id_for(a_request())
    assert case_id == store.case_id_for(a_request(options={"go": {"x": 1}}))
    assert case_id != store.case_id_for(a_request(ending={"ends_on": "2027-01-31"}))
    assert case_id[:2] == "c-"
    assert len(case_id) == 12
    assert ORGNR not in case_id


def test_reading_inside_a_change_sees_the_same_transaction_and_waits_for_nobody(store: Store) -> None:
    with store.new_case(a_case()) as work:
        assert store.case(work.case.id) == work.case
        store.outages.failed("go", NOW, "refused", _down)
        assert store.outages.works("go") is not None
        store.wake_now(work.case.id, "go", NOW)
        store.tokens.put("go", "token")
    assert [wake.what for wake in store.unsent_wakes()] == ["go"]


def test_a_change_inside_a_change_is_a_mistake(store: Store) -> None:
    with store.new_case(a_case()):
        pass
    with store.change(a_case().id), pytest.raises(RuntimeError), store.change(a_case().id):
        pass
    with store.change(a_case().id), pytest.raises(RuntimeError), store.new_case(a_case(id="c-other00000")):
        pass


def test_a_second_wake_of_the_same_is_nothing_even_after_it_was_sent(store: Store) -> None:
    case = a_case()
    with store.new_case(case) as work:
        work.wake("go", NOW)
        work.wake("go", LATER)
        work.wake("@review", NOW)
        work.wake("go", NOW)
    store.wake_now(case.id, "go", LATER)
    wakes = store.unsent_wakes()
    assert [(w.case, w.what, w.number, w.at) for w in wakes] == [
        (case.id, "go", 1, NOW),
        (case.id, "go", 2, LATER),
        (case.id, "@review", 1, NOW),
    ]
    store.sent(wakes[:1])
    store.sent([])
    store.wake_now(case.id, "go", NOW)
    assert store.unsent_wakes() == wakes[1:]
    store.wake_now(case.id, "go", LATER + timedelta(microseconds=1))
    assert store.unsent_wakes(limit=9)[-1] == Wake(
        id=store.unsent_wakes()[-1].id, case=case.id, what="go", number=3, at=LATER + timedelta(microseconds=1)
    )
    assert store.unsent_wakes(limit=1) == wakes[1:2]


def test_evidence_reads_back_with_its_step(store: Store) -> None:
    detail = {"status": "Archived", "seen": NOW, "nested": [{"day": NOW.date()}]}
    with store.new_case(a_case()) as work:
        digest = work.evidence("go.sever_link", "read-back", detail=detail)
        work.evidence("go.retain_history", "statement", by="kari", detail={})
    first, second = store.evidence(a_case().id)
    assert first == EvidenceRow(
        id=first.id, step="go.sever_link", kind="read-back", at=NOW, by="disengage", detail=detail, digest=digest
    )
    assert store.evidence(a_case().id, "go.retain_history") == [second]
    assert (second.by, second.kind, second.digest == digest) == ("kari", "statement", False)


def test_an_unknown_kind_of_evidence_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="hearsay"), store.new_case(a_case()) as work:
        work.evidence("go.sever_link", "hearsay", detail={})


def test_a_connection_goes_down_once_and_is_forgotten_when_it_works(store: Store) -> None:
    first = Outage(connection="go", failures=1, since=None, until=NOW, reason="busy")
    down = Outage(connection="go", failures=2, since=NOW, until=LATER, reason="refused")
    assert store.outages.failed("go", NOW, "busy", lambda failures, since: (None, NOW)) == (first, False)
    assert store.outages.failed("go", NOW, "refused", _down) == (down, True)
    assert store.outages.failed("go", NOW, "refused", _down) == (down.model_copy(update={"failures": 3}), False)
    assert (store.outages.of("crm"), [outage.failures for outage in store.outages.all()]) == (None, [3])
    assert (store.outages.works("go"), store.outages.works("go"), store.outages.all()) == (
        down.model_copy(update={"failures": 3}),
        None,
        [],
    )


def test_one_probe_at_a_time_is_let_through_to_a_connection_that_is_down(store: Store) -> None:
    store.outages.failed("go", NOW, "refused", _down)
    after = LATER + timedelta(minutes=2)
    assert store.outages.probe("go", NOW, after) is False
    assert (store.outages.probe("go", LATER, after), store.outages.probe("go", LATER, after)) == (True, False)
    assert store.outages.probe("crm", LATER, after) is False


def _down(failures: int, since: datetime | None) -> tuple[datetime | None, datetime]:
    return since or NOW, LATER


def test_the_token_last_kept_is_given_back(store: Store) -> None:
    assert store.tokens.get("spiris") is None
    store.tokens.put("spiris", "one")
    store.tokens.put("spiris", "two")
    assert (store.tokens.get("spiris"), store.tokens.get("other")) == ("two", None)
