"""The JSON of contract section 4."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from disengage.domain.case import Case, TaskKind, TaskState
from disengage.domain.evidence import Proof
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.state import Holder, LinkState
from disengage.domain.tasks import Bring, BringKind
from disengage.domain.verbs import Verb
from disengage.engine import view
from hypothesis import given, settings

from tests.builders import NOW, a_case, a_finding, a_link, a_step, a_task, cases


def test_a_whole_case_reads_as_the_contract_has_it() -> None:
    link = a_link(
        scope="payroll",
        observed=LinkState(linked=True, status="Active", administrator=Holder.FIRM),
        time_zone="Europe/Stockholm",
    )
    step = a_step(
        Verb.SEVER_LINK,
        link,
        state=StepState.DONE,
        waits_for=WaitsFor.GATE,
        attempts=2,
        proof=Proof.VERIFIED,
        outcome="the platform shows it",
    )
    case = a_case(
        (link,),
        (step,),
        approved_by=("Anna",),
        findings=(a_finding(connection="go", remedy="Mind it.", source="https://vendor.example/rules"),),
        tasks=(a_task(step, state=TaskState.DONE),),
        needed=2,
        gate_opened={"go": NOW},
    )
    assert view.case_json(case) == {
        "case": "c-nordlys000",
        "state": "closed",
        "kind": "ending",
        "asked_by": "",
        "client": {"name": "Nordlys Kafé AS", "country": "NO", "identifiers": {"orgnr": "974760673"}},
        "ends_on": "2026-12-31",
        "plan": {
            "hash": case.plan_hash,
            "approvals": [{"by": "Anna", "at": "2026-11-22T09:00:00Z"}],
            "needed": 2,
            "fresh": True,
        },
        "gate": {"open": ["go"], "shut_because": []},
        "findings": [
            {
                "code": "period_gap",
                "severity": "notice",
                "connection": "go",
                "message": "There is a gap.",
                "remedy": "Mind it.",
                "source": "https://vendor.example/rules",
            }
        ],
        "links": [
            {
                "connection": "go",
                "connector": "poweroffice",
                "link": "go.payroll",
                "scope": "payroll",
                "reference": "1001",
                "confirmed": True,
                "observed": {"linked": True, "administrator": "firm", "status": "Active"},
                "wanted": {"linked": False},
            }
        ],
        "steps": [
            {
                "id": "go.payroll.sever_link",
                "connection": "go",
                "link": "go.payroll",
                "verb": "sever_link",
                "part": "",
                "mode": "automatic",
                "reason": "",
                "state": "done",
                "waits_for": "gate",
                "due": None,
                "effects": ["irreversible", "removes-our-access"],
                "changes": [{"field": "linked", "key": "", "observed": True, "wanted": False, "known": True}],
                "after": [],
                "attempts": 2,
                "proof": "verified",
                "outcome": "the platform shows it",
                "checked": {},
            }
        ],
        "tasks": [
            {
                "id": "t-go.payroll.sever_link",
                "step": "go.payroll.sever_link",
                "connection": "go",
                "kind": "do",
                "title": "End the client relationship",
                "due": "2027-01-15",
                "state": "done",
            }
        ],
    }


def test_a_task_is_shown_with_its_instructions_and_what_to_bring() -> None:
    bring = (Bring(key="happened", kind=BringKind.CHOICE, choices=("yes", "no"), label="Did it happen?"),)
    task = a_task(kind=TaskKind.FIND_OUT, bring=bring, due=None)
    assert view.task_whole_json(task) == {
        **view.task_json(task),
        "instructions": "1. Avslutt kundeforhold",
        "bring": [
            {"key": "happened", "kind": "choice", "required": True, "choices": ["yes", "no"], "label": "Did it happen?"}
        ],
    }


def test_an_answered_task_says_who_answered_what() -> None:
    task = a_task(state=TaskState.DONE, by="Anna", note="Seen.", values={"date": "2027-01-02"})
    shown = view.task_whole_json(task)
    assert {key: shown[key] for key in ("by", "note", "values")} == {
        "by": "Anna",
        "note": "Seen.",
        "values": {"date": "2027-01-02"},
    }


def test_only_approvals_of_the_plan_that_stands_are_shown() -> None:
    case = a_case(approved_by=("Anna",), plan_hash="sha256:another")
    assert view.case_json(case)["plan"]["approvals"] == []


def test_moments_are_shown_in_utc() -> None:
    oslo = timezone(timedelta(hours=1))
    assert view.moment(datetime(2027, 1, 1, 0, 30, 1, 999, tzinfo=oslo)) == "2026-12-31T23:30:01Z"
    assert view.moment(datetime(2027, 1, 1, tzinfo=UTC)) == "2027-01-01T00:00:00Z"


@given(cases)
@settings(max_examples=40)
def test_any_case_is_shown_as_json_and_the_same_each_time(case: Case) -> None:
    shown = json.dumps(view.case_json(case))
    assert json.dumps(view.case_json(Case.model_validate(case.model_dump(by_alias=True)))) == shown
