"""Dates over all cases, secret addresses of calendars, and when connections answered last."""

from __future__ import annotations

from datetime import date, timedelta

from disengage.domain.case import Case, TaskState
from disengage.domain.lifecycle import StepState
from disengage.domain.rights import Person
from disengage.domain.verbs import Mode, Verb
from disengage.store import Store
from disengage.store.dates import ClosedCase, StepDate
from disengage.store.feeds import Feed
from sqlalchemy import text

from tests.builders import NOW, a_case, a_link, a_step, a_task

NEW_YEAR = date(2027, 1, 1)


def put(store: Store, case: Case, *kinds: str) -> None:
    with store.new_case(case) as work:
        for kind in kinds:
            work.event(kind)


def test_unfinished_steps_of_open_cases_have_dates_unless_an_open_task_tells_of_them(store: Store) -> None:
    states = {
        Verb.ARCHIVE: {"state": StepState.WAITING},
        Verb.END_ACCESS: {"state": StepState.DONE},
        Verb.SETTLE_BILLING: {"mode": Mode.NOT_NEEDED},
        Verb.TRANSFER_ADMIN: {"state": StepState.WAITING},
        Verb.REMOVE_EXTENSIONS: {"due": None},
    }
    steps = [a_step(verb, **{"due": NEW_YEAR, **changes}) for verb, changes in states.items()]
    open_task = a_task(steps[3])
    put(store, a_case(id="c-1", links=[a_link()], steps=steps, tasks=(open_task,), approved_by=["Kari"]))
    put(store, a_case(id="c-2", links=[a_link()], steps=steps, cancelled=True))
    archive = StepDate(case="c-1", step="go.archive", connection="go", verb=Verb.ARCHIVE, day=NEW_YEAR)
    assert store.dates.steps() == [archive]
    with store.change("c-1") as work:
        done = open_task.model_copy(update={"state": TaskState.DONE})
        work.case = work.case.model_copy(update={"tasks": (done,)})
    handed = archive.model_copy(update={"step": "go.transfer_admin", "verb": Verb.TRANSFER_ADMIN})
    assert store.dates.steps() == [archive, handed]


def test_closed_cases_clients_and_changes_are_found_without_reading_cases(store: Store) -> None:
    closed = [a_step(state=StepState.DONE)]
    put(store, a_case(id="c-1", links=[a_link()], steps=closed, closed_at=NOW, watch_days=30), "case_opened")
    put(store, a_case(id="c-2"), "done")
    assert store.dates.closed() == [ClosedCase(case="c-1", closed_at=NOW, watch_days=30)]
    assert store.dates.clients(["c-2", "c-none"]) == {"c-2": "Nordlys Kafé AS"}
    assert store.dates.changed() == {"c-1": NOW}


def test_a_feed_is_found_by_its_secret_only_and_a_new_one_takes_the_place_of_the_old(store: Store) -> None:
    store.people.add(Person(name="kari"))
    first, second = (Feed(person="kari", made_at=NOW + timedelta(days=day), named=bool(day)) for day in (0, 1))
    store.feeds.make(first, "secret one")
    assert (store.feeds.find("secret one"), store.feeds.find("secret two")) == (first, None)
    store.feeds.make(second, "secret two")
    assert (store.feeds.find("secret one"), store.feeds.of("kari")) == (None, second)
    with store.engine.connect() as connection:
        assert "secret" not in str(connection.execute(text("SELECT * FROM feeds")).all())
    assert (store.feeds.end("kari"), store.feeds.end("kari"), store.feeds.find("secret two")) == (True, False, None)


def test_a_connection_answered_when_something_was_proven_on_it_or_a_trial_let_us_in(store: Store) -> None:
    with store.new_case(a_case(id="c-1")) as work:
        work.event("done", step="go.sever_link", proof="verified", outcome="")
        work.event("done", step="crm.sever_link", proof="stated", outcome="")
        work.event("not_needed", step="spiris.payroll.archive", outcome="")
    store.record("connection_tried", "kari", connection="banqup", ok=False)
    names = ("go", "crm", "spiris", "banqup", "spir")
    assert store.answering.last(names) == {"go": NOW, "spiris": NOW}
    store.record("connection_tried", "kari", connection="banqup", ok=True)
    assert store.answering.last(names) == {"go": NOW, "spiris": NOW, "banqup": NOW}
