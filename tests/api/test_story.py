"""An ending by programs alone: asked for, approved, worked on, answered, proven, handed over."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.programs import Program, problem, program
from tests.web.firm import Firm


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("invoice-1.pdf", b"%PDF-1.4 an invoice")
    return packed.getvalue()


ZIP = _zip()


@pytest.fixture(scope="module")
def operator(firm: Firm) -> Program:
    return program(firm, "operator", name="olga")


@pytest.fixture(scope="module")
def approver(firm: Firm) -> Program:
    return program(firm, "approver", name="anna")


@pytest.fixture(scope="module")
def archivist(firm: Firm) -> Program:
    return program(firm, "archivist", name="arne")


@pytest.fixture(scope="module")
def planned(firm: Firm, operator: Program) -> dict[str, Any]:
    """Give a case as it was planned."""
    tables = tomllib.loads((firm.desk.folder / "request.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = operator.done("/cases", json.loads(json.dumps(tables, default=str)))
    return found


@pytest.fixture(scope="module")
def case(firm: Firm, planned: dict[str, Any], operator: Program, approver: Program) -> str:
    """Give the same case, approved and worked on until it waits for a person."""
    path = f"/cases/{planned['case']}"
    seen = operator.get(path)
    stale = {"plan": f"sha256:{'0' * 64}"}
    assert problem(approver.post(f"{path}/approve", stale)) == (409, "blocked")
    plan = {"plan": planned["plan"]["hash"]}
    assert problem(approver.post(f"{path}/approve", plan, headers={"If-Match": '"old"'})) == (412, "changed-meanwhile")
    approved = approver.post(f"{path}/approve", plan, headers={"If-Match": seen.headers["etag"]})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert approved.headers["etag"] not in ("", seen.headers["etag"])
    again = approver.post(f"{path}/approve", plan, headers={"If-Match": seen.headers["etag"]})
    assert problem(again) == (412, "changed-meanwhile")
    assert again.headers["etag"] == approved.headers["etag"]
    assert problem(approver.post(f"{path}/approve", plan)) == (409, "blocked")
    firm.work()
    case: str = planned["case"]
    return case


@pytest.fixture(scope="module")
def task(case: str, operator: Program) -> dict[str, Any]:
    (found,) = operator.told("/tasks?connection=banqup")["tasks"]
    whole: dict[str, Any] = operator.told(f"/tasks/{found['id']}")
    assert whole.items() >= found.items()
    assert whole["bring"][0]["key"] == "copy"
    return whole


def test_who_approved_stands_in_the_log(case: str, operator: Program) -> None:
    events = operator.told(f"/cases/{case}/events?limit=100")["events"]
    assert [e["actor"] for e in events if e["kind"] in ("planned", "approved")] == ["olga", "anna"]


# --- what is brought back


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"note": "nothing"}, "asks for a file 'copy'"),
        ({"copy": ("copy.zip", b"")}, "is empty"),
        ({"copy": ("copy.html", b"<html><script>")}, "cannot be taken"),
        ({"copy": ("copy.pdf", b"MZ\x90\x00")}, "cannot be taken"),
        ({"copy": ("copy.zip", ZIP), "values": "{"}, "must be a JSON object"),
        ({"copy": ("copy.zip", ZIP), "values": '{"colour": "blue"}'}, "does not ask for 'colour'"),
        ({"copy": ("copy.zip", ZIP), "values": '{"colour": 1}'}, "must be a JSON object"),
        ({"cpoy": ("copy.zip", ZIP)}, "Did you mean 'copy'?"),
        ({"note": ("copy.zip", ZIP)}, "'note' must be one text"),
        ({"copy": "not a file"}, "must be a file"),
    ],
)
def test_bad_answers_are_refused_and_nothing_is_taken(
    task: dict[str, Any], operator: Program, form: dict[str, Any], words: str
) -> None:
    answer = operator.post(f"/tasks/{task['id']}/done", form=form)
    assert problem(answer) == (422, "input")
    assert words in answer.json()["detail"]
    assert operator.told(f"/tasks/{task['id']}")["state"] == "open"


def test_an_answer_to_a_case_that_has_changed_is_refused(task: dict[str, Any], operator: Program) -> None:
    answer = operator.post(f"/tasks/{task['id']}/done", form={"copy": ("c.zip", ZIP)}, headers={"If-Match": '"old"'})
    assert problem(answer) == (412, "changed-meanwhile")


@pytest.fixture(scope="module")
def answers(firm: Firm, task: dict[str, Any], operator: Program) -> list[tuple[str, httpx.Response]]:
    """Give what two people were told who answered the same task at the same moment, the one who was taken first."""
    people = [operator, program(firm, "operator", name="oskar")]

    def answer(who: Program) -> tuple[str, httpx.Response]:
        sent = {"copy": ("../copy of <it>.zip", ZIP), "note": f"by {who.name}"}
        return who.name, who.post(f"/tasks/{task['id']}/done", form=sent)

    with ThreadPoolExecutor(2) as together:
        found = list(together.map(answer, people))
    return sorted(found, key=lambda one: one[1].status_code)


def test_of_two_who_answer_at_once_one_is_taken_and_the_other_is_told(
    answers: list[tuple[str, httpx.Response]], task: dict[str, Any], operator: Program
) -> None:
    (first, taken), (_, late) = answers
    assert taken.status_code == 200
    assert problem(late) == (409, "wrong-state")
    whole = operator.told(f"/tasks/{task['id']}")
    assert (whole["state"], whole["by"], whole["note"]) == ("done", first, f"by {first}")
    assert problem(operator.post(f"/tasks/{task['id']}/decline", {"reason": "Too late."})) == (409, "wrong-state")


# --- what was kept


@pytest.mark.usefixtures("answers")
def test_files_of_bags_are_downloads(case: str, operator: Program, archivist: Program) -> None:
    bags = operator.told(f"/cases/{case}/bags")["bags"]
    brought = next(bag for bag in bags if bag["step"] == "banqup.retain_history")
    path = f"/cases/{case}/bags/{brought['bag']}/files"
    assert problem(operator.get(path)) == (403, "not-allowed")
    files = archivist.told(path)["files"]
    (file,) = [file for file in files if file["name"].startswith("data/")]
    answer = archivist.get(f"{path}/{file['file']}")
    assert (answer.content, int(answer.headers["content-length"])) == (ZIP, len(ZIP))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert problem(archivist.get(f"{path}/{len(files) + 1}")) == (404, "not-there")
    told = [e for e in operator.told(f"/cases/{case}/events?limit=100")["events"] if e["kind"] == "bag_opened"]
    assert [(e["actor"], e["payload"].get("file")) for e in told] == [("arne", None), ("arne", file["file"])]
    sound = archivist.post(path.replace("/files", "/verify"), key="").json()
    assert sound == {"bag": brought["bag"], "sound": True, "complaints": []}
    evidence = operator.told(f"/cases/{case}/evidence")["evidence"]
    assert [row["id"] for row in evidence if row["kind"] == "file"] == [bag["bag"] for bag in bags]


@pytest.mark.usefixtures("answers")
def test_what_was_recorded_agrees_with_what_is_there(case: str, operator: Program) -> None:
    found = operator.post(f"/cases/{case}/verify", {"offline": True}, key="").json()
    assert (found["sound"], found["differences"], found["bags"]) == (True, [], len(_bags(operator, case)))


def _bags(who: Program, case: str) -> list[dict[str, Any]]:
    bags: list[dict[str, Any]] = who.told(f"/cases/{case}/bags")["bags"]
    return bags


# --- what is made of it


def test_papers_are_made_for_whoever_asks(case: str, operator: Program) -> None:
    made = operator.post(f"/cases/{case}/papers", {"kind": "statement", "form": "json", "internal": True})
    assert (made.json()["case"], made.json()["internal"]) == (case, True)
    last = operator.told(f"/cases/{case}/events?limit=100")["events"][-1]
    assert (last["kind"], last["actor"], last["payload"]["internal"]) == ("paper_made", "olga", True)
    wrong = operator.post(f"/cases/{case}/papers", {"kind": "letter", "form": "json", "internal": True})
    assert problem(wrong) == (422, "input")
    assert [error["field"] for error in wrong.json()["errors"]] == ["internal", "form"]


@pytest.mark.usefixtures("answers")
def test_an_export_is_one_zip(case: str, archivist: Program) -> None:
    answer = archivist.post(f"/cases/{case}/exports", {})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert json.loads(packed.read("case.json"))["case"] == case
        assert "check_chain.py" in packed.namelist()


@pytest.mark.usefixtures("answers")
def test_the_history_is_handed_over_with_consent_and_its_receipt_recorded(
    firm: Firm, case: str, archivist: Program
) -> None:
    order = {"to": "successor", "format": "original"}
    assert problem(archivist.post(f"/cases/{case}/handovers", order)) == (409, "blocked")
    both = archivist.post(f"/cases/{case}/consents", form={"file": ("c.pdf", b"%PDF-1.4"), "words": "Yes."})
    assert problem(both) == (422, "input")
    secret = firm.desk.folder / "disengage.key"
    words = archivist.post(f"/cases/{case}/consents", form={"words": str(secret)})
    assert words.json() == {"case": case, "recorded": True}
    said = archivist.told(f"/cases/{case}/evidence")["evidence"][-1]
    assert (said["kind"], said["detail"]) == ("statement", {"consent": str(secret)})
    pack = archivist.post(f"/cases/{case}/handovers", order, key="pack")
    assert zipfile.is_zipfile(io.BytesIO(pack.content))
    assert problem(archivist.post(f"/cases/{case}/handovers", order, key="pack")) == (409, "answer-not-kept")
    receipt = {"file": ("r.pdf", b"%PDF-1.4 signed"), "received_by": "Nina Ny", "received_on": "2026-12-31"}
    soon = archivist.post(f"/cases/{case}/receipts", form={**receipt, "received_on": "soon"})
    assert (problem(soon), soon.json()["errors"][0]["field"]) == ((422, "input"), "received_on")
    confirmed = archivist.post(f"/cases/{case}/receipts", form=receipt).json()
    handed = [e for e in archivist.told(f"/cases/{case}/events?limit=100")["events"] if e["kind"] == "handed_over"]
    assert (confirmed["sha256"], confirmed["to"]) == (handed[0]["payload"]["sha256"], "successor")


def test_keys_are_taken_for_keys_only(case: str, archivist: Program, firm: Firm) -> None:
    for key in (str(firm.desk.folder / "disengage.key"), "AGE-SECRET-KEY-1", "age1nonsense"):
        order = {"to": "client", "encrypt_to": [key]}
        assert problem(archivist.post(f"/cases/{case}/handovers", order)) == (422, "input")


# --- steering


def test_steps_are_moved_and_left_out_in_writing(firm: Firm, case: str, operator: Program) -> None:
    path = f"/cases/{case}"
    later = {"step": "banqup.sever_link", "to": "2027-06-30", "reason": "The audit is late."}
    moved = operator.done(f"{path}/move", later)
    assert next(s for s in moved["steps"] if s["id"] == later["step"])["due"] == "2027-06-30"
    assert problem(operator.post(f"{path}/move", {**later, "step": "banqup.nothing"})) == (422, "input")
    assert problem(operator.post(f"{path}/move", {**later, "to": "0"})) == (422, "input")
    assert problem(operator.post(f"{path}/skip", {"step": "banqup.retain_history", "reason": "No."}))[0] == 409
    skipped = operator.done(f"{path}/skip", {"step": "banqup.remove_extensions", "reason": "The client keeps them."})
    assert next(s for s in skipped["steps"] if s["id"] == "banqup.remove_extensions")["state"] == "skipped"
    assert operator.done(f"{path}/retry", {})["case"] == case
    assert problem(operator.post(f"{path}/accept", {"code": "history_wrong:x", "reason": "We know."})) == (422, "input")


def test_a_case_that_was_cancelled_takes_nothing_more(firm: Firm, operator: Program, approver: Program) -> None:
    ends = [line for line in (firm.desk.folder / "request.toml").read_text().splitlines() if "ends_on" in line]
    firm.desk.ask(ends[0], "ends_on = 2027-09-30")
    plan = firm.plan()
    path = f"/cases/{plan['case']}"
    assert operator.done(f"{path}/cancel", {"reason": "They stay."})["state"] == "cancelled"
    assert problem(operator.post(f"{path}/cancel", {"reason": "They stay."})) == (409, "wrong-state")
    assert problem(approver.post(f"{path}/approve", {"plan": plan["plan"]["hash"]})) == (409, "wrong-state")
    assert problem(operator.post("/cases/c-aaaaaaaaaa/cancel", {"reason": "They stay."})) == (404, "not-there")
