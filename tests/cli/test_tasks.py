"""What people bring back is taken whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from disengage_banqup.simulator import BanqupSimulator

from tests.cli.desk import Desk, at_work

HISTORY, SEVER = "banqup.retain_history", "banqup.sever_link"


Asked = tuple[Desk, str, dict[str, Any]]


def _asked(bank: Desk) -> Asked:
    bank.drop_configuration("operations.")
    case = bank.planned()
    assert bank.run(case).code == 4
    return bank, case, bank.open_task(HISTORY)


@pytest.fixture
def asked(bank: Desk) -> Asked:
    """Give a desk without any operation at Banqup, its case, and the task to bring the history."""
    return _asked(bank)


@pytest.fixture(scope="module")
def still_asked(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Asked]:
    """Give the same for all tests that change nothing."""
    with at_work(tmp_path_factory.mktemp("asked"), empty_store, banqup=BanqupSimulator()) as desk:
        yield _asked(desk)


@pytest.fixture(scope="module")
def to_sever(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Asked]:
    """Give a desk whose next task is to archive the client, for all tests that change nothing."""
    with at_work(tmp_path_factory.mktemp("sever"), empty_store, banqup=BanqupSimulator()) as desk:
        _, case, _ = _asked(desk)
        yield desk, case, _severing(desk, case)


def _severing(desk: Desk, case: str) -> dict[str, Any]:
    desk.bring(HISTORY)
    desk.run(case)
    return desk.open_task(SEVER)


def test_a_task_says_what_to_do_and_what_to_bring(still_asked: Asked) -> None:
    _, case, task = still_asked
    assert set(task) >= {"id", "step", "connection", "title", "due", "state", "instructions", "bring", "case"}
    assert (task["case"], task["step"], task["state"]) == (case, HISTORY, "open")
    assert task["bring"] == [
        {"key": "copy", "kind": "file", "required": True, "choices": [], "label": "ZIP file of the client's documents"}
    ]
    assert "Partnerspace" in task["instructions"]


def test_only_what_can_be_worked_is_a_task(still_asked: Asked) -> None:
    desk, case, _ = still_asked
    assert [t["step"] for t in desk.call("tasks", "--json").json()["tasks"]] == [HISTORY]
    assert [t["step"] for t in desk.show(case)["tasks"]] == [HISTORY]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("'copy'",)),
        (("--evidence", "not-there.zip"), ("not-there.zip", "no such file")),
        (("--evidence", "copy=not-there.zip"), ("not-there.zip",)),
        (("--evidence", "empty.zip"), ("empty.zip", "empty")),
        (("--evidence", "."), ("directory",)),
        (("--evidence", "copy.zip", "--value", "colour=blue"), ("'colour'",)),
        (("--evidence", "copy.zip", "--value", "colour"), ("'='",)),
        (("--evidence", "copy=copy.zip", "--evidence", "copy=more.zip"), ("'copy'", "twice")),
        (("--evidence", "copy.zip", "--value", "colour=a", "--value", "colour=b"), ("'colour'", "twice")),
    ],
    ids=[
        "nothing",
        "no such file",
        "no such file by key",
        "an empty file",
        "a folder",
        "an unknown key",
        "no value",
        "a file twice",
        "a value twice",
    ],
)
def test_what_does_not_fit_a_task_is_refused_and_nothing_is_recorded(
    still_asked: Asked, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    desk, case, task = still_asked
    (desk.folder / "empty.zip").touch()
    for name in ("copy.zip", "more.zip"):
        (desk.folder / name).write_text("documents", encoding="utf-8")
    before = desk.show(case), desk.bags(), desk.sql("SELECT count(*) FROM events")
    message = desk.refused(2, "task", "done", task["id"], "--by", "Per", *arguments)
    assert [word for word in words if word not in message] == [], message
    assert (desk.show(case), desk.bags(), desk.sql("SELECT count(*) FROM events")) == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("seen_on=2026-11-22",), ("'status'", "Archived or Lost")),
        (("status=Archived",), ("'seen_on'",)),
        (("status=archived-ish", "seen_on=2026-11-22"), ("'status'", "Archived, Lost")),
        (("status=Archived", "seen_on=yesterday"), ("'seen_on'", "date")),
        (("status=Archived", "seen_on="), ("'seen_on'",)),
        (("statsu=Archived", "seen_on=2026-11-22"), ("'statsu'", "'status'")),
    ],
    ids=["missing choice", "missing date", "wrong choice", "wrong date", "empty value", "misspelt key"],
)
def test_wrong_values_are_refused_and_the_step_stays_where_it_is(
    to_sever: Asked, values: tuple[str, ...], words: tuple[str, ...]
) -> None:
    desk, case, task = to_sever
    before = desk.show(case)
    given = [part for value in values for part in ("--value", value)]
    message = desk.refused(2, "task", "done", task["id"], "--by", "Per", *given)
    assert [word for word in words if word not in message] == [], message
    assert desk.show(case) == before


def test_a_task_is_done_once(asked: Asked) -> None:
    desk, case, task = asked
    desk.answer_task(task["id"])
    before, bags = desk.show(case), desk.bags()
    assert "done already" in desk.refused(2, "task", "done", task["id"], "--by", "Per", "--evidence", "request.toml")
    assert desk.call("task", "decline", task["id"], "--by", "Per", "--reason", "no").code == 2
    assert (desk.show(case), desk.bags()) == (before, bags)


def test_a_task_that_is_not_there_is_named(still_asked: Asked) -> None:
    desk, case, _ = still_asked
    for command in (("show",), ("done", "--by", "Per"), ("decline", "--by", "Per", "--reason", "no")):
        assert f"'{case}-99'" in desk.refused(2, "task", command[0], f"{case}-99", *command[1:])


def test_what_a_person_states_is_never_shown_as_verified(asked: Asked) -> None:
    desk, case, _ = asked
    task = _severing(desk, case)
    values = ("--value", "status=Archived", "--value", "seen_on=2026-11-22")
    assert desk.call("task", "done", task["id"], "--by", "Per Person", "--note", "all fine", *values).code == 0
    answer = desk.run(case)
    steps = {step["id"]: step for step in answer.json()["cases"][0]["steps"]}
    assert (answer.code, answer.json()["cases"][0]["state"]) == (0, "closed")
    assert (steps[HISTORY]["proof"], steps[SEVER]["proof"]) == ("stated", "stated")
    shown = desk.call("show", case).out
    assert "stated" in shown
    assert "verified (read back)" not in shown


def test_a_person_whose_word_the_platform_contradicts_is_asked_again(bank: Desk) -> None:
    bank.drop_configuration("operations.archive_client", "operations.list_ext", "operations.delete_ext")
    case = bank.planned()
    bank.run(case)
    task = _severing(bank, case)
    values = ("--value", "status=Archived", "--value", "seen_on=2026-11-22")
    assert bank.call("task", "done", task["id"], "--by", "Per", *values).code == 0
    assert bank.run(case).code == 4
    again = bank.open_task(SEVER)
    assert again["id"] != task["id"]
    assert "does not show it" in again["instructions"]
    bank.platform("banqup").sever("client-0001")
    bank.call("task", "done", again["id"], "--by", "Per", *values)
    answer = bank.run(case)
    steps = {step["id"]: step for step in answer.json()["cases"][0]["steps"]}
    assert (answer.code, steps[SEVER]["proof"]) == (0, "verified")


def test_what_a_person_did_without_saying_so_is_seen_by_the_next_run(bank: Desk) -> None:
    bank.drop_configuration("operations.archive_client", "operations.list_ext", "operations.delete_ext")
    case = bank.planned()
    bank.run(case)
    _severing(bank, case)
    bank.platform("banqup").sever("client-0001")
    answer = bank.run(case)
    assert (answer.code, answer.json()["cases"][0]["state"]) == (0, "closed")
    assert bank.call("tasks", "--json").json() == {"tasks": []}


# --- declining


def test_a_declined_task_is_a_refused_step_until_somebody_retries(asked: Asked) -> None:
    desk, case, task = asked
    declined = desk.call("task", "decline", task["id"], "--by", "Per", "--reason", "not my client", "--json")
    assert (declined.code, declined.json()["state"]) == (0, "attention")
    assert desk.run(case).code == 5
    assert desk.stands(case)[HISTORY] == ("refused", None)
    assert [t["kind"] for t in desk.call("tasks", "--json").json()["tasks"]] == ["decide"]
    assert desk.call("retry", case, HISTORY).code == 0
    assert desk.run(case).code == 4
    again = desk.open_task(HISTORY)
    assert again["id"] != task["id"]
    assert [(t["kind"], t["state"]) for t in desk.show(case)["tasks"]] == [
        ("do", "declined"),
        ("decide", "declined"),
        ("do", "open"),
    ]


def test_the_owner_answers_a_declined_task_with_task_done(asked: Asked) -> None:
    desk, case, task = asked
    assert desk.call("task", "decline", task["id"], "--by", "Per", "--reason", "not my client").code == 0
    decide = desk.open_task(HISTORY)
    assert [(item["key"], item["kind"], item["choices"]) for item in decide["bring"]] == [
        ("decision", "choice", ["again"]),
        ("reason", "text", []),
    ]
    words = ("--value", "decision=skip", "--value", "reason=no need")
    assert "again" in desk.refused(2, "task", "done", decide["id"], "--by", "Anna", *words)
    words = ("--value", "decision=again", "--value", "reason=Per is back")
    assert desk.call("task", "done", decide["id"], "--by", "Anna", *words).code == 0
    assert desk.run(case).code == 4
    assert desk.open_task(HISTORY)["kind"] == "do"


def test_declining_needs_a_reason(still_asked: Asked) -> None:
    desk, _, task = still_asked
    assert "reason" in desk.refused(2, "task", "decline", task["id"], "--by", "Per", "--reason", " ")
    assert desk.open_task(HISTORY) == task
