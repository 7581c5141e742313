"""Whatever a platform answers, or does not: every effect exactly once, and no changing call twice without a look."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from disengage_banqup.simulator import BanqupSimulator

from tests.cli.desk import Desk, at_work, codes

HISTORY, EXTENSIONS, SEVER = "banqup.retain_history", "banqup.remove_extensions", "banqup.sever_link"

#: Without these operations nothing shows whether a client is archived.
BLIND = ("operations.find_client", "operations.list_ext", "operations.delete_ext")

EFFECTS = [
    "client-0001 extension bookkeeping deleted",
    "client-0001 extension documents deleted",
    "client-0001 archived",
]


def _ready(folder: Path, store: Path, *, without: tuple[str, ...] = ()) -> Path:
    """Bring a case in ``folder`` to where the next run removes the extensions and severs; return the folder."""
    with at_work(folder, store, banqup=BanqupSimulator()) as desk:
        if without:
            desk.drop_configuration(*without)
        case = desk.planned()
        assert desk.run(case).code == 4
        desk.bring(HISTORY)
    return folder


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    return _ready(tmp_path_factory.mktemp("ready"), empty_store)


@pytest.fixture(scope="module")
def blind_and_ready(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    return _ready(tmp_path_factory.mktemp("blind"), empty_store, without=BLIND)


@pytest.fixture
def bank(tmp_path: Path, ready: Path) -> Iterator[Desk]:
    """Give a desk with one case, whose copy is brought."""
    with at_work(tmp_path, ready, banqup=BanqupSimulator()) as desk:
        yield desk


@pytest.fixture
def blind(tmp_path: Path, blind_and_ready: Path) -> Iterator[Desk]:
    """Give the same where the connection can archive, but not see whether it did."""
    with at_work(tmp_path, blind_and_ready, banqup=BanqupSimulator()) as desk:
        desk.drop_configuration(*BLIND)
        yield desk


def _case(desk: Desk) -> str:
    (case,) = desk.call("cases", "--json").json()["cases"]
    found: str = case["case"]
    return found


def _until_done(bank: Desk, case: str, runs: int = 4) -> dict[str, Any]:
    for _ in range(runs):
        answer = bank.run(case)
        if answer.code == 0:
            break
        bank.misbehave("")
        assert bank.call("retry", case).code == 0
    found: dict[str, Any] = answer.json()["cases"][0]
    assert (answer.code, found["state"]) == (0, "closed"), [(s["id"], s["state"], s["outcome"]) for s in found["steps"]]
    return found


def _assert_looked_between(bank: Desk, call: str) -> None:
    """See that between two calls of the same kind the platform was read, and showed that the first had no effect."""
    calls = bank.calls_at()
    places = [number for number, made in enumerate(calls) if made.startswith(call)]
    for first, second in pairwise(places):
        assert any(made.startswith("GET") for made in calls[first:second]), calls


@pytest.mark.parametrize("fault", ["lost", "truncated", "malformed"])
def test_an_answer_that_is_spoilt_after_the_effect_is_looked_into_and_the_call_is_not_made_again(
    bank: Desk, fault: str
) -> None:
    case = _case(bank)
    bank.misbehave(f"banqup:{fault}x1@POST archive,banqup:{fault}x1@DELETE")
    found = _until_done(bank, case)
    assert bank.platform("banqup").effects == EFFECTS
    assert bank.changing() == ["DELETE bookkeeping", "DELETE documents", "POST archive"]
    assert {s["proof"] for s in found["steps"] if s["id"] in (EXTENSIONS, SEVER)} == {"verified"}


@pytest.mark.parametrize("fault", ["500", "reset"])
def test_an_answer_that_leaves_it_open_is_looked_into_before_the_call_is_made_again(bank: Desk, fault: str) -> None:
    case = _case(bank)
    bank.misbehave(f"banqup:{fault}x1@POST archive,banqup:{fault}x1@DELETE bookkeeping")
    found = _until_done(bank, case)
    assert bank.platform("banqup").effects == EFFECTS
    assert bank.changing() == [
        "DELETE bookkeeping",
        "DELETE bookkeeping",
        "DELETE documents",
        "POST archive",
        "POST archive",
    ]
    _assert_looked_between(bank, "POST archive")
    _assert_looked_between(bank, "DELETE bookkeeping")
    assert {s["proof"] for s in found["steps"] if s["id"] in (EXTENSIONS, SEVER)} == {"verified"}


@pytest.mark.parametrize("fault", ["429=1", "503"])
def test_an_answer_that_says_nothing_happened_is_waited_out_and_the_call_is_made_again(bank: Desk, fault: str) -> None:
    case = _case(bank)
    bank.misbehave(f"banqup:{fault}x1@POST archive")
    _until_done(bank, case)
    assert bank.platform("banqup").effects == EFFECTS
    assert bank.changing().count("POST archive") == 2


def test_a_platform_that_asks_for_a_long_pause_is_left_alone_until_somebody_retries(bank: Desk) -> None:
    case = _case(bank)
    bank.misbehave("banqup:429=3600@POST archive")
    assert bank.run(case).code == 4
    assert bank.stands(case)[SEVER] == ("waiting", "platform")
    before = len(bank.calls_at())
    assert bank.run(case).code == 4
    assert bank.calls_at()[before:] == []
    _until_done(bank, case)
    assert bank.platform("banqup").effects == EFFECTS


@pytest.mark.parametrize("fault", ["429=1", "503", "500", "reset", "truncated", "malformed"])
def test_a_read_that_fails_once_is_made_again_and_nobody_notices(desk: Desk, fault: str) -> None:
    desk.misbehave(f"banqup:{fault}x1@GET clients")
    answer = desk.call("plan", "request.toml", "--json")
    assert answer.code == 0, answer.out


def test_a_platform_that_refuses_is_shown_in_its_words_until_somebody_retries(bank: Desk) -> None:
    case = _case(bank)
    bank.misbehave("banqup:409@POST archive")
    answer = bank.run(case)
    (found,) = answer.json()["cases"]
    assert (answer.code, found["state"]) == (5, "attention")
    assert bank.stands(case)[SEVER] == ("refused", None)
    assert any(f["code"] == f"refused:{SEVER}" and "409" in f["message"] for f in found["findings"])
    assert bank.run(case).code == 5
    assert bank.changing().count("POST archive") == 1
    found = _until_done(bank, case)
    assert [f["code"] for f in found["findings"] if f["code"].startswith("refused:")] == []
    assert bank.platform("banqup").effects == EFFECTS


def test_a_platform_that_refuses_to_be_read_blocks_its_connection_and_the_others_are_surveyed(desk: Desk) -> None:
    desk.misbehave("banqup:400@GET clients")
    answer = desk.call("plan", "request.toml", "--json")
    (case,) = answer.json()["cases"]
    assert answer.code == 3
    assert codes(case) == {("platform_refused", "banqup")}
    assert [link["connection"] for link in case["links"]] == ["crm"]


# --- an effect that cannot be shown


def _lost(blind: Desk, fault: str = "lost") -> tuple[str, dict[str, Any]]:
    case = _case(blind)
    blind.misbehave(f"banqup:{fault}x1@POST archive")
    assert blind.run(case).code == 4
    return case, blind.open_task(SEVER)


def test_where_the_effect_cannot_be_shown_a_receipt_is_no_verification(blind: Desk) -> None:
    case = _case(blind)
    assert blind.run(case).code == 0
    assert blind.steps(case)[SEVER]["proof"] == "receipt"


def test_a_lost_answer_becomes_a_question_for_a_person_and_nothing_is_repeated_meanwhile(blind: Desk) -> None:
    case, task = _lost(blind)
    assert (task["kind"], task["state"]) == ("find_out", "open")
    assert task["bring"] == [
        {"key": "happened", "kind": "choice", "required": True, "choices": ["yes", "no"], "label": "Did it happen?"}
    ]
    assert blind.stands(case)[SEVER] == ("waiting", "person")
    for _ in range(2):
        assert blind.call("retry", case).code == 0
        assert blind.run(case).code == 4
    assert blind.changing() == ["POST archive"]
    assert blind.open_task(SEVER) == task


def test_when_it_happened_the_step_ends_as_stated(blind: Desk) -> None:
    case, task = _lost(blind)
    assert blind.call("task", "done", task["id"], "--by", "Per", "--value", "happened=yes").code == 0
    assert blind.run(case).code == 0
    assert blind.steps(case)[SEVER]["proof"] == "stated"
    assert blind.changing() == ["POST archive"]
    assert blind.platform("banqup").effects == ["client-0001 archived"]


def test_when_it_did_not_happen_the_call_is_made_again_exactly_once(blind: Desk) -> None:
    case, task = _lost(blind, "reset")
    assert blind.call("task", "done", task["id"], "--by", "Per", "--value", "happened=no").code == 0
    assert blind.run(case).code == 0
    assert blind.steps(case)[SEVER]["proof"] == "receipt"
    assert blind.changing() == ["POST archive", "POST archive"]
    assert blind.platform("banqup").effects == ["client-0001 archived"]


def test_a_second_lost_answer_is_asked_about_anew(blind: Desk) -> None:
    case, first = _lost(blind, "reset")
    blind.misbehave("banqup:lostx1@POST archive")
    assert blind.call("task", "done", first["id"], "--by", "Per", "--value", "happened=no").code == 0
    assert blind.run(case).code == 4
    second = blind.open_task(SEVER)
    assert second["id"] != first["id"]
    assert blind.call("task", "done", second["id"], "--by", "Per", "--value", "happened=yes").code == 0
    assert blind.run(case).code == 0
    assert blind.changing() == ["POST archive", "POST archive"]
    assert blind.platform("banqup").effects == ["client-0001 archived"]


def test_declining_to_find_out_repeats_nothing(blind: Desk) -> None:
    case, task = _lost(blind)
    assert blind.call("task", "decline", task["id"], "--by", "Per", "--reason", "cannot tell").code == 0
    assert blind.run(case).code == 5
    assert blind.call("retry", case, SEVER).code == 0
    assert blind.run(case).code == 4
    again = blind.open_task(SEVER)
    assert (again["kind"], again["id"] != task["id"]) == ("find_out", True)
    assert blind.changing() == ["POST archive"]


@pytest.mark.parametrize("given", ["maybe", "", "YES"])
def test_only_yes_or_no_answers_whether_it_happened(blind: Desk, given: str) -> None:
    case, task = _lost(blind)
    assert "yes, no" in blind.refused(2, "task", "done", task["id"], "--by", "Per", "--value", f"happened={given}")
    assert blind.stands(case)[SEVER] == ("waiting", "person")
