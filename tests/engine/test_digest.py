"""Once a business day, one notice of all that waits; and each long overdue task by itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from disengage import (
    Bring,
    BringKind,
    CredentialsError,
    Effect,
    Instructions,
    Operation,
    OutcomeUnknownError,
    Provenance,
    RejectedError,
    RetryableError,
    Verb,
    VerbSpec,
)
from disengage.engine import answers
from disengage.engine.workplace import Workplace
from disengage.registry import Registry
from disengage.settings import load

from tests.builders import a_request
from tests.engine.paging import MODULE, POINT, Switchboard, pagers, plugged_in
from tests.engine.stage import START, Stage, a_manifest

SEVER = "crm.sever_link"
BY_HAND = VerbSpec(
    verb=Verb.SEVER_LINK,
    effects=(Effect.IRREVERSIBLE,),
    moves=("linked",),
    by_hand=Instructions(
        verb=Verb.SEVER_LINK,
        title="End it",
        language="en",
        steps=("Look for {client}.",),
        bring=(Bring(key="seen_on", kind=BringKind.DATE),),
    ),
)
CUT = Operation(name="cut", call="POST /cut", provenance=Provenance.DOCUMENTED, changes=True)
ACTS = VerbSpec(verb=Verb.SEVER_LINK, operations=("cut",), effects=(Effect.IRREVERSIBLE,), moves=("linked",))
PLANTED = ("Nordlys", "974760673", "Kari", "kari@nordlys.example", "1001")
#: The due date of the task of every case here: five business days after Monday, 4 January 2027.
DUE = "2027-01-11"
Stages = Callable[..., Stage]


@pytest.fixture
def board() -> Iterator[Switchboard]:
    yield plugged_in()
    sys.modules.pop(MODULE, None)


def an_office(stage: Stages, policy: str = "", *names: str, verb: VerbSpec = BY_HAND, now: datetime = START) -> Stage:
    """Return a firm with one case that came as far as it goes by itself."""
    tables = policy + "\n" + pagers(*(names or ("oncall",)))
    made = stage(crm=a_manifest(verb, operations=(CUT,)), policy=tables, also=[POINT], now=now)
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    return made


def deliver_at(made: Stage, *moment: int) -> None:
    made.now = datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]
    made.workplace.notices.deliver_due()


def days(board: Switchboard, name: str = "oncall") -> list[str]:
    return [str(notice["day"]) for notice in board.told.get(name, []) if notice["kind"] == "digest"]


def test_the_digest_says_what_waits_and_names_nobody(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    (task,) = made.open_tasks()
    deliver_at(made, 2027, 1, 4, 9)
    (digest,) = board.told["oncall"]
    first = made.workplace.store.events(limit=1)[0]
    assert digest == {
        "id": f"digest-2027-01-04-{first.hash[:16]}",
        "kind": "digest",
        "at": "2027-01-04T09:00:00Z",
        "day": "2027-01-04",
        "counts": {"tasks": 1, "overdue": 0, "soon": 0, "cases": 0, "connections": 0},
        "tasks": [
            {
                "task": task.id,
                "case": made.case_id,
                "step": SEVER,
                "connection": "crm",
                "title": "End it",
                "due": DUE,
                "overdue": False,
                "soon": False,
            }
        ],
        "cases": [],
        "connections": [],
        "more": "disengage tasks",
    }
    assert [word for word in PLANTED if word in json.dumps(digest)] == []


@pytest.mark.parametrize(
    ("day", "overdue", "soon"),
    [
        ((2027, 1, 7), False, False),
        ((2027, 1, 8), False, True),
        ((2027, 1, 11), False, True),
        ((2027, 1, 12), True, False),
    ],
)
def test_a_task_is_marked_a_business_day_before_it_is_due_and_once_it_is_late(
    stage: Stages, board: Switchboard, day: tuple[int, int, int], overdue: bool, soon: bool
) -> None:
    deliver_at(an_office(stage), *day, 9)
    (line,) = board.told["oncall"][-1]["tasks"]
    assert (line["overdue"], line["soon"]) == (overdue, soon)


def test_it_comes_once_a_business_day_from_the_hour_on_that_the_firm_wants(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    for moment, so_far in (
        ((2027, 1, 5, 6, 59), []),  # 07:59 in Oslo
        ((2027, 1, 5, 7, 0), ["2027-01-05"]),
        ((2027, 1, 5, 22, 0), ["2027-01-05"]),
        ((2027, 1, 6, 15, 0), ["2027-01-05", "2027-01-06"]),  # late, but the same day
        ((2027, 1, 9, 9, 0), ["2027-01-05", "2027-01-06"]),  # a Saturday
        ((2027, 5, 17, 9, 0), ["2027-01-05", "2027-01-06"]),  # a public holiday
        ((2027, 7, 1, 5, 59), ["2027-01-05", "2027-01-06"]),  # summer time
        ((2027, 7, 1, 6, 0), ["2027-01-05", "2027-01-06", "2027-07-01"]),
        ((2027, 1, 7, 9, 0), ["2027-01-05", "2027-01-06", "2027-07-01"]),  # the clock was set back
    ):
        deliver_at(made, *moment)
        assert days(board) == so_far, moment


def test_where_nothing_waits_there_is_none_that_day(stage: Stages, board: Switchboard) -> None:
    made = stage(crm=a_manifest(BY_HAND), policy=pagers("oncall"), also=[POINT])
    made.workplace.notices.deliver_due()
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    deliver_at(made, 2027, 1, 4, 12)
    assert days(board) == []
    deliver_at(made, 2027, 1, 5, 12)
    assert days(board) == ["2027-01-05"]


def test_a_firm_that_wants_none_gets_none(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage, 'digest_at = ""')
    deliver_at(made, 2027, 1, 5, 12)
    assert board.told == {}


def test_a_case_that_needs_attention_and_a_connection_that_is_down_are_in_it(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage, verb=ACTS)
    made.platforms["crm"].act = RejectedError("crm: refused.")
    made = _another_case(made, "Refused AS")
    made.platforms["crm"].act = CredentialsError("crm: not let in.")
    _another_case(made, "Down AS")
    deliver_at(made, 2027, 1, 5, 9)
    digest = board.told["oncall"][-1]
    assert [case["steps"] for case in digest["cases"]] == [[SEVER], [SEVER]]
    assert digest["connections"] == [{"connection": "crm", "since": "2027-01-04T09:00:00Z"}]
    assert digest["counts"] == {"tasks": 0, "overdue": 0, "soon": 0, "cases": 2, "connections": 1}


def _another_case(made: Stage, name: str) -> Stage:
    made.plan(a_request(client={"name": name, "identifiers": {}}, ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    return made


def test_what_is_more_than_can_be_read_is_counted(
    stage: Stages, board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disengage.engine.digest.MOST_NAMED", 1)
    made = _another_case(an_office(stage), "Fjell AS")
    deliver_at(made, 2027, 1, 5, 9)
    digest = board.told["oncall"][-1]
    assert (digest["counts"]["tasks"], len(digest["tasks"])) == (2, 1)


# --- never twice


def test_one_that_was_not_taken_comes_later_that_day(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    board.fails["oncall"] = RetryableError("oncall: not now.")
    deliver_at(made, 2027, 1, 5, 9, 0)
    board.fails.clear()
    deliver_at(made, 2027, 1, 5, 9, 0, 30)
    assert days(board) == []
    deliver_at(made, 2027, 1, 5, 9, 2)
    deliver_at(made, 2027, 1, 5, 10)
    assert days(board) == ["2027-01-05"]


def test_one_that_was_perhaps_taken_does_not_come_again(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    board.fails["oncall"] = OutcomeUnknownError("oncall: no answer.")
    deliver_at(made, 2027, 1, 5, 9)
    board.fails.clear()
    deliver_at(made, 2027, 1, 5, 12)
    assert days(board) == []
    deliver_at(made, 2027, 1, 6, 12)
    assert days(board) == ["2027-01-06"]


def test_a_process_that_dies_while_it_sends_leaves_none_for_that_day(
    stage: Stages, board: Switchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = an_office(stage)
    with monkeypatch.context() as dying:

        def die(name: str, notice: object) -> None:
            raise KeyboardInterrupt

        dying.setattr(made.workplace.registry.notifiers, "send", die)
        with pytest.raises(KeyboardInterrupt):
            deliver_at(made, 2027, 1, 5, 9)
    deliver_at(made, 2027, 1, 5, 10)
    assert days(board) == []
    deliver_at(made, 2027, 1, 6, 10)
    assert days(board) == ["2027-01-06"]


def test_two_daemons_send_one_to_each_notifier(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage, "", "oncall", "boss")
    with second(made) as other:
        made.now = datetime(2027, 1, 5, 9, tzinfo=UTC)
        other.notices.deliver_due()
        made.workplace.notices.deliver_due()
    assert (days(board), days(board, "boss")) == (["2027-01-05"], ["2027-01-05"])


def second(made: Stage) -> Workplace:
    registry = Registry([EntryPoint("scripted", "scripted_plugin", "disengage"), POINT])
    return Workplace(load(made.workplace.settings.file), now=made._tick, registry=registry)


# --- escalation


def escalations(made: Stage) -> list[tuple[str, dict[str, Any]]]:
    events = made.workplace.store.events()
    return [(str(event.at.date()), event.payload) for event in events if event.kind == "escalation"]


def test_a_task_long_overdue_is_told_of_by_itself_and_again_after_as_long(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    (task,) = made.open_tasks()
    made.workplace.notices.deliver_due()
    day = datetime(2027, 1, 5, 9, tzinfo=UTC)
    for later in range(16):
        for hour in (9, 15):
            deliver_at(made, *(day + timedelta(days=later)).timetuple()[:3], hour)
    told = {"task": task.id, "step": SEVER, "connection": "crm", "due": DUE, "kind_of_task": "do"}
    assert escalations(made) == [("2027-01-14", told), ("2027-01-19", told)]
    assert board.kinds().count("escalation") == 2
    notice = next(notice for notice in board.told["oncall"] if notice["kind"] == "escalation")
    assert (notice["title"], notice["due"], notice["more"]) == ("End it", DUE, f"disengage task show {task.id}")
    assert [word for word in PLANTED if word in json.dumps(notice)] == []


def test_a_task_that_is_done_is_told_of_no_more(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage)
    deliver_at(made, 2027, 1, 12, 9)
    (task,) = made.open_tasks()
    answers.done(made.workplace, task.id, "Ola", values={"seen_on": "2027-01-04"})
    deliver_at(made, 2027, 1, 14, 9)
    assert escalations(made) == []


def test_the_firm_says_after_how_many_days(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage, "escalate_after_days = 1")
    deliver_at(made, 2027, 1, 12, 6, 59)
    assert escalations(made) == []
    deliver_at(made, 2027, 1, 12, 7)
    assert [day for day, _ in escalations(made)] == ["2027-01-12"]


def test_without_a_digest_a_task_is_escalated_all_the_same(stage: Stages, board: Switchboard) -> None:
    made = an_office(stage, 'digest_at = ""')
    deliver_at(made, 2027, 1, 14, 5)
    assert [day for day, _ in escalations(made)] == ["2027-01-14"]


def test_two_daemons_escalate_once(stage: Stages, board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    made = an_office(stage)
    with second(made) as other:
        made.now = datetime(2027, 1, 14, 9, tzinfo=UTC)
        with monkeypatch.context() as unmarked:
            unmarked.setattr(other.store, "keep_mark", lambda name, value: None)
            other.notices.deliver_due()
        made.workplace.notices.deliver_due()
    assert len(escalations(made)) == 1


def test_without_anybody_to_tell_nothing_is_written(stage: Stages) -> None:
    made = stage(crm=a_manifest(BY_HAND))
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    deliver_at(made, 2027, 1, 14, 9)
    assert escalations(made) == []
