"""What is sent twice happens once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from disengage.engine.workplace import Workplace
from disengage.store.answered import KEPT

from tests.api.programs import Program, problem, program
from tests.web.firm import Firm

WHY = {"reason": "A court asks for it."}


@pytest.fixture(scope="module")
def case(firm: Firm) -> str:
    found: str = firm.plan()["case"]
    return found


@pytest.fixture(scope="module")
def archivist(firm: Firm) -> Program:
    return program(firm, "archivist")


@pytest.fixture
def nothing_stands(firm: Firm, archivist: Program, case: str) -> Iterator[None]:
    yield
    for hold in archivist.told(f"/cases/{case}/retention")["holds"]:
        archivist.done(f"/cases/{case}/holds/{hold['number']}/release", WHY)


def _holds(archivist: Program, case: str) -> list[str]:
    return [hold["reason"] for hold in archivist.told(f"/cases/{case}/retention")["holds"]]


@pytest.mark.usefixtures("nothing_stands")
def test_a_call_that_is_repeated_is_answered_as_before_and_done_once(archivist: Program, case: str) -> None:
    first, again = (archivist.post(f"/cases/{case}/holds", WHY, key="twice") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert _holds(archivist, case) == [WHY["reason"]]


@pytest.mark.usefixtures("nothing_stands")
def test_how_the_json_is_written_makes_no_other_call_of_it(archivist: Program, case: str) -> None:
    archivist.done(f"/cases/{case}/holds", WHY, key="written")
    written = '{ "reason" :  "A court asks for \\u0069t." }'
    again = archivist.post(
        f"/cases/{case}/holds", content=written, key="written", headers={"Content-Type": "application/json"}
    )
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.usefixtures("nothing_stands")
def test_a_key_stands_for_one_call_of_one_person(firm: Firm, archivist: Program, case: str) -> None:
    archivist.done(f"/cases/{case}/holds", WHY, key="mine")
    other = {"reason": "Another court asks for it."}
    assert problem(archivist.post(f"/cases/{case}/holds", other, key="mine")) == (422, "key-reused")
    assert problem(archivist.post(f"/cases/{case}/destroy", _digest(), key="mine")) == (422, "key-reused")
    program(firm, "archivist").done(f"/cases/{case}/holds", other, key="mine")
    assert _holds(archivist, case) == [WHY["reason"], other["reason"]]


def _digest() -> dict[str, str]:
    return {"bags_digest": f"sha256:{'0' * 64}"}


@pytest.mark.parametrize("key", ["", "x" * 256, "with a blank", "\x7f"])
def test_a_changing_call_without_a_proper_key_is_refused(archivist: Program, case: str, key: str) -> None:
    assert problem(archivist.post(f"/cases/{case}/holds", WHY, key=key)) == (400, "key-missing")
    assert _holds(archivist, case) == []


@pytest.mark.usefixtures("nothing_stands")
def test_a_call_that_was_refused_leaves_its_key_free(archivist: Program, case: str) -> None:
    assert problem(archivist.post(f"/cases/{case}/holds", {"reason": " "}, key="free")) == (422, "input")
    assert archivist.post(f"/cases/{case}/holds", WHY, key="free").status_code == 200


@pytest.mark.usefixtures("nothing_stands")
def test_the_same_call_at_the_same_moment_is_told_to_wait(
    archivist: Program, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(workplace: Workplace, *given: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return hold(workplace, *given)

    from disengage.engine.legalhold import hold

    monkeypatch.setattr("disengage.web.api.retention.hold", slow)
    with ThreadPoolExecutor(1) as other:
        running = other.submit(archivist.post, f"/cases/{case}/holds", WHY, key="slow")
        assert begun.wait(30)
        meanwhile = archivist.post(f"/cases/{case}/holds", WHY, key="slow")
        go_on.set()
    assert problem(meanwhile) == (409, "still-running")
    assert meanwhile.headers["retry-after"] == "1"
    assert running.result().status_code == 200
    assert archivist.post(f"/cases/{case}/holds", WHY, key="slow").json() == running.result().json()


def test_what_broke_off_runs_again_only_where_nothing_can_happen_twice(
    firm: Firm, archivist: Program, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> Any:
        raise ZeroDivisionError

    operator = program(firm, "operator")
    with monkeypatch.context() as patch:
        patch.setattr("disengage.web.api.retention.hold", broken)
        patch.setattr("disengage.web.api.steering.steering.retry", broken)
        assert problem(archivist.post(f"/cases/{case}/holds", WHY, key="broke")) == (500, "fault")
        assert problem(operator.post(f"/cases/{case}/retry", {}, key="broke")) == (500, "fault")
    assert problem(archivist.post(f"/cases/{case}/holds", WHY, key="broke")) == (409, "broke-off")
    assert _holds(archivist, case) == []
    assert operator.post(f"/cases/{case}/retry", {}, key="broke").status_code == 200


@pytest.mark.usefixtures("nothing_stands")
def test_after_a_day_a_key_is_as_good_as_new(
    firm: Firm, archivist: Program, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    archivist.done(f"/cases/{case}/holds", WHY, key="old")
    now = firm.workplace.now
    monkeypatch.setattr(firm.workplace, "now", lambda: now() + KEPT + timedelta(seconds=1))
    again = archivist.post(f"/cases/{case}/holds", WHY, key="old")
    assert (again.status_code, "idempotency-replayed" in again.headers) == (200, False)
    assert _holds(archivist, case) == [WHY["reason"]] * 2


def test_files_and_links_are_given_once(firm: Firm, case: str) -> None:
    operator, administrator = program(firm, "operator"), program(firm, "administrator")
    paper = {"kind": "statement", "form": "json"}
    assert operator.post(f"/cases/{case}/papers", paper, key="paper").json()["case"] == case
    assert problem(operator.post(f"/cases/{case}/papers", paper, key="paper")) == (409, "answer-not-kept")
    somebody = {"name": "nils.ny", "roles": ["viewer"]}
    invited = administrator.done("/people", somebody, key="nils")
    assert invited["path"].startswith("/welcome/")
    assert problem(administrator.post("/people", somebody, key="nils")) == (409, "answer-not-kept")


def test_neither_keys_nor_bodies_nor_answers_are_in_the_store_in_clear(firm: Firm, case: str) -> None:
    program(firm, "operator").done(f"/cases/{case}/retry", {}, key="a-key-of-its-own")
    stored = (firm.desk.folder / "disengage.db").read_bytes()
    stored += b"".join(file.read_bytes() for file in firm.desk.folder.glob("disengage.db-wal"))
    for word in (b"a-key-of-its-own", b"A court asks for it", "Nordlys Kafé".encode(), b"974760673"):
        assert word not in stored


def test_who_comes_between_a_look_and_a_change_is_not_overlooked(
    firm: Firm, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = program(firm, "operator")

    def overtaken(workplace: Workplace, *given: Any) -> Any:
        move(firm.workplace, case, "banqup.sever_link", date(2027, 6, 30), "Somebody else")
        return skip(workplace, *given)

    from disengage.engine.moving import move
    from disengage.engine.steering import skip

    monkeypatch.setattr("disengage.web.api.steering.steering.skip", overtaken)
    seen = operator.get(f"/cases/{case}").headers["etag"]
    body = {"step": "banqup.remove_extensions", "reason": "The client keeps them."}
    assert problem(operator.post(f"/cases/{case}/skip", body, headers={"If-Match": seen})) == (412, "changed-meanwhile")
    steps = {step["id"]: step["state"] for step in operator.told(f"/cases/{case}")["steps"]}
    assert steps["banqup.remove_extensions"] == "planned"
