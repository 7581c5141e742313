"""Notifiers are told in order, at least once, and never hold anything back."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from importlib.metadata import EntryPoint

import pytest
from disengage import (
    Bring,
    BringKind,
    Effect,
    Instructions,
    Operation,
    Provenance,
    RejectedError,
    RetryableError,
    Verb,
    VerbSpec,
)
from disengage.engine import answers
from disengage.engine.workplace import Workplace
from disengage.errors import StoreError
from disengage.notifier import KINDS
from disengage.registry import Registry
from disengage.settings import load

from tests.builders import a_request
from tests.docs.test_reference import recorded
from tests.engine.paging import MODULE, POINT, Switchboard, pagers, plugged_in
from tests.engine.stage import Stage, a_manifest

BY_HAND = VerbSpec(
    verb=Verb.SEVER_LINK,
    effects=(Effect.IRREVERSIBLE,),
    moves=("linked",),
    by_hand=Instructions(
        verb=Verb.SEVER_LINK,
        title="End it",
        language="en",
        steps=("Look for {client}, write to {administrator_email}.",),
        bring=(Bring(key="seen_on", kind=BringKind.DATE),),
    ),
)
CUT = Operation(name="cut", call="POST /cut", provenance=Provenance.DOCUMENTED, changes=True)
ACTS = VerbSpec(verb=Verb.SEVER_LINK, operations=("cut",), effects=(Effect.IRREVERSIBLE,), moves=("linked",))
#: What no notice may hold.
PLANTED = ("Nordlys", "974760673", "Kari", "kari@nordlys.example", "Ola", "sesame", "1001")
ALL = json.dumps(sorted(KINDS - {"digest"}))
Stages = Callable[..., Stage]


@pytest.fixture
def board() -> Iterator[Switchboard]:
    yield plugged_in()
    sys.modules.pop(MODULE, None)


def opened(stage: Stages, *names: str, events: str = ALL, verb: VerbSpec = BY_HAND) -> Stage:
    """Return a stage on which pagers listen from the beginning."""
    made = stage(
        crm=a_manifest(verb, operations=(CUT,)), policy=pagers(*(names or ("oncall",)), events=events), also=[POINT]
    )
    made.workplace.notices.deliver_due()
    return made


def worked(made: Stage) -> Stage:
    """Have a case come as far as it goes by itself."""
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    return made


def deliver(made: Stage, **later: float) -> None:
    made.now += timedelta(**later)
    made.workplace.notices.deliver_due()


USUAL_BEGINNING = ["case_opened", "planned", "approved", "reviewed", "gate_opened", "task_opened"]


def test_every_kind_of_event_can_be_asked_for() -> None:
    assert recorded() | {"digest"} == KINDS


def test_events_are_told_in_order_and_once(stage: Stages, board: Switchboard) -> None:
    made = worked(opened(stage))
    deliver(made)
    deliver(made)
    assert board.kinds() == USUAL_BEGINNING
    assert [notice["seq"] for notice in board.told["oncall"]] == [1, 2, 3, 4, 5, 6]


def test_a_notice_names_case_step_and_task_and_nobody(stage: Stages, board: Switchboard) -> None:
    made = worked(opened(stage))
    (task,) = made.open_tasks()
    answers.decline(made.workplace, task.id, "Ola", "sesame")
    deliver(made)
    text = json.dumps(board.told["oncall"])
    assert [word for word in PLANTED if word in text] == []
    event = made.workplace.store.events()[5]
    assert board.told["oncall"][5] == {
        "id": f"6-{event.hash[:16]}",
        "kind": "task_opened",
        "at": "2027-01-04T09:00:00Z",
        "seq": 6,
        "case": made.case_id,
        "step": "crm.sever_link",
        "connection": "crm",
        "task": task.id,
        "title": "End it",
        "due": "2027-01-11",
        "kind_of_task": "do",
        "more": f"disengage task show {task.id}",
    }


def test_what_a_platform_said_is_not_told(stage: Stages, board: Switchboard) -> None:
    made = opened(stage, verb=ACTS)
    made.platforms["crm"].act = RejectedError("crm: sever refused: Nordlys Kafé owes sesame.", status=409)
    worked(made)
    deliver(made)
    refused = board.told["oncall"][-1]
    assert (refused["kind"], refused["step"], refused["connection"]) == ("refused", "crm.sever_link", "crm")
    assert "sesame" not in json.dumps(refused)


def test_by_default_single_tasks_are_left_to_the_digest(stage: Stages, board: Switchboard) -> None:
    made = worked(opened(stage, events=""))
    deliver(made)
    assert board.kinds() == []
    deliver(made, days=1)
    assert board.kinds() == ["digest"]


def test_a_new_notifier_begins_where_the_log_ends(stage: Stages, board: Switchboard) -> None:
    made = stage(crm=a_manifest(BY_HAND), policy=pagers("oncall", events=ALL), also=[POINT])
    worked(made)
    deliver(made)
    (task,) = made.open_tasks()
    answers.done(made.workplace, task.id, "Ola", values={"seen_on": "2027-01-04"})
    deliver(made)
    assert board.kinds() == ["task_done"]


def test_one_that_fails_is_tried_again_later_and_the_others_go_on(stage: Stages, board: Switchboard) -> None:
    made = opened(stage, "oncall", "boss")
    board.fails["oncall"] = RetryableError("oncall: not now.")
    worked(made)
    deliver(made)
    assert (board.kinds(), board.kinds("boss")) == ([], USUAL_BEGINNING)
    board.fails.clear()
    deliver(made, seconds=59)
    assert board.kinds() == []
    deliver(made, seconds=2)
    assert (board.kinds(), board.kinds("boss")) == (USUAL_BEGINNING, USUAL_BEGINNING)


@pytest.mark.parametrize("trouble", [ValueError("sesame"), SystemExit(), RetryableError("not now")])
def test_whatever_one_raises_the_pauses_grow(stage: Stages, board: Switchboard, trouble: BaseException) -> None:
    made = opened(stage)
    tries: list[int] = []

    def fail(notice: object) -> None:
        tries.append(1)
        raise trouble

    board.fails["oncall"] = fail
    worked(made)
    counted = []
    for minutes in (0, 1, 4, 1, 14, 1, 59, 1, 239, 1, 239, 1):
        deliver(made, minutes=minutes)
        counted.append(len(tries))
    assert counted == [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7]


def test_after_a_day_what_is_as_old_is_given_up_and_the_rest_is_told(
    stage: Stages, board: Switchboard, capsys: pytest.CaptureFixture[str]
) -> None:
    made = opened(stage)
    board.fails["oncall"] = RetryableError("oncall: not now.")
    worked(made)
    deliver(made)
    made.now += timedelta(hours=20)
    (task,) = made.open_tasks()
    answers.decline(made.workplace, task.id, "Ola", "not mine")
    deliver(made, hours=5)
    assert "notices_given_up" in capsys.readouterr().out
    board.fails.clear()
    deliver(made, hours=5)
    assert board.kinds() == ["task_declined", "task_opened"]


def test_where_sending_was_not_marked_the_same_notice_comes_again_under_the_same_id(
    stage: Stages, board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = worked(opened(stage, events='["task_opened"]'))
    with monkeypatch.context() as broken:

        def full(name: str, value: str) -> None:
            raise StoreError("The disk is full.")

        broken.setattr(made.workplace.store, "keep_mark", full)
        with pytest.raises(StoreError):
            made.workplace.notices.deliver_due()
    deliver(made)
    deliver(made)
    first, second = board.told["oncall"]
    assert first == second


def test_a_notifier_is_told_by_one_at_a_time(stage: Stages, board: Switchboard) -> None:
    made = opened(stage)
    inside, may_go_on = threading.Event(), threading.Event()

    def slow(notice: object) -> None:
        inside.set()
        assert may_go_on.wait(30)

    board.fails["oncall"] = slow
    worked(made)
    thread = threading.Thread(target=made.workplace.notices.deliver_due)
    thread.start()
    assert inside.wait(30)
    deliver(made)
    assert board.kinds() == []
    may_go_on.set()
    thread.join()
    assert board.kinds() == USUAL_BEGINNING


def test_a_thread_of_its_own_tells_at_once_and_the_last_words_in_the_end(stage: Stages, board: Switchboard) -> None:
    made = opened(stage)
    heard = threading.Event()
    board.fails["oncall"] = lambda notice: heard.set()
    made.workplace.notices.keep_delivering()
    made.workplace.notices.keep_delivering()
    worked(made)
    assert heard.wait(30)
    made.workplace.notices.stop_delivering()
    made.workplace.notices.stop_delivering()
    assert board.kinds() == USUAL_BEGINNING


def test_what_one_process_recorded_another_one_tells(stage: Stages, board: Switchboard) -> None:
    made = worked(opened(stage))
    registry = Registry([EntryPoint("scripted", "scripted_plugin", "disengage"), POINT])
    with Workplace(load(made.workplace.settings.file), now=made._tick, registry=registry) as other:
        other.notices.deliver_due()
    deliver(made)
    assert board.kinds() == USUAL_BEGINNING


def test_many_workers_on_postgresql_tell_each_event_once(stage: Stages, board: Switchboard, postgres_url: str) -> None:
    tables = pagers("oncall", events=ALL) + f'[store]\nurl = "{postgres_url}"\n'
    made = stage(crm=a_manifest(BY_HAND), policy=tables, also=[POINT])
    made.workplace.notices.deliver_due()
    worked(made)
    registries = [Registry([EntryPoint("scripted", "scripted_plugin", "disengage"), POINT]) for _ in range(3)]
    settings = load(made.workplace.settings.file)
    with ExitStack() as stack:
        others = [stack.enter_context(Workplace(settings, now=made._tick, registry=one)) for one in registries]
        threads = [threading.Thread(target=other.notices.deliver_due) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deliver(made)
    assert board.kinds() == USUAL_BEGINNING
