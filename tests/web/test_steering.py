"""What people do to a case on its page: once, by name, and never to something else than they saw."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape
from typing import Any

import httpx
import pytest
from disengage.domain.case import Case
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState, StepState, WaitsFor
from disengage.domain.verbs import Verb
from disengage.web.wording import Wording

from tests.builders import a_case, a_finding, a_link, a_step
from tests.web.firm import Firm, Visitor

_COUNT = itertools.count(1)
DUE = date(2027, 1, 1)
MOVED = date(2027, 3, 15)
BANK = a_link("banqup", connector="banqup")
SEVER = "banqup.sever_link"


@pytest.fixture(scope="module")
def kari(firm: Firm) -> Visitor:
    return firm.visitor("operator", "approver", name="kari")


@pytest.fixture(scope="module")
def per(firm: Firm) -> Visitor:
    return firm.visitor("operator", "approver", name="per")


@pytest.fixture
def opened(firm: Firm) -> Callable[..., Case]:
    """Return what writes a case with one step, by default one that is dated."""

    def write(step: dict[str, Any] | None = None, **parts: Any) -> Case:
        steps = parts.pop("steps", None) or [a_step(link=BANK, **{"due": DUE, **(step or {})})]
        case = a_case(id=f"c-steered-{next(_COUNT)}", links=[BANK], steps=steps, **parts)
        with firm.workplace.store.new_case(case) as work:
            work.event("planned", steps=len(steps))
        return case

    return write


def _now(firm: Firm, case: Case) -> Case:
    return firm.workplace.store.case(case.id)


def _events(firm: Firm, case: Case) -> list[tuple[str, str]]:
    return [(event.kind, event.actor) for event in firm.workplace.store.events(case.id)][1:]


def _refused(answer: httpx.Response, status: int) -> str:
    """Return what a page says stood in the way."""
    assert answer.status_code == status, answer.text[:500]
    (trouble,) = re.findall(r'<section class="trouble".*?</section>', answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", trouble, flags=re.DOTALL)).split())


def _done(visitor: Visitor, answer: httpx.Response, case: Case) -> str:
    """Return what the page says after something was done."""
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}")
    return visitor.text(f"/cases/{case.id}")


# --- approving


def test_a_plan_is_approved_by_the_hash_that_its_page_shows(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened()
    (shown,) = re.findall(r'name="plan" value="([^"]+)"', kari.text(f"/cases/{case.id}"))
    page = _done(kari, kari.post(f"/cases/{case.id}/approve", {"plan": shown}), case)
    assert "The plan is approved." in page
    assert [(a.by, a.plan_hash) for a in _now(firm, case).approvals] == [("kari", case.plan_hash)]
    assert _events(firm, case) == [("approved", "kari")]


def test_a_plan_that_became_another_one_meanwhile_is_not_approved_and_the_new_one_is_shown(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened()
    with firm.workplace.store.change(case.id) as work:
        work.case = work.case.model_copy(update={"plan_hash": "sha256:another"})
    answer = kari.post(f"/cases/{case.id}/approve", {"plan": case.plan_hash})
    assert "is not the one you saw" in _refused(answer, 409)
    assert 'name="plan" value="sha256:another"' in answer.text
    assert (_now(firm, case).approvals, _events(firm, case)) == ((), [])


def test_an_approval_that_names_no_plan_approves_none(firm: Firm, kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened()
    assert "It was not said which plan is approved." in _refused(kari.post(f"/cases/{case.id}/approve"), 422)
    assert _now(firm, case).approvals == ()


def test_two_people_approve_at_once_and_both_count(
    firm: Firm, kari: Visitor, per: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened(needed=2)
    with ThreadPoolExecutor() as pool:
        answers = list(
            pool.map(lambda who: who.post(f"/cases/{case.id}/approve", {"plan": case.plan_hash}), (kari, per))
        )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {approval.by for approval in _now(firm, case).approvals} == {"kari", "per"}
    assert _now(firm, case).approved


def test_one_person_does_not_approve_twice_nor_give_the_last_approval_of_what_they_asked_for(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    mine = opened(needed=2, approved_by=["kari"])
    asked = opened(needed=2, approved_by=["per"], asked_by="kari")
    answers = [kari.post(f"/cases/{case.id}/approve", {"plan": case.plan_hash}) for case in (mine, asked)]
    assert "kari approved this plan already." in _refused(answers[0], 409)
    assert "cannot give the last approval" in _refused(answers[1], 409)
    assert [len(_now(firm, case).approvals) for case in (mine, asked)] == [1, 1]


# --- steps


def test_a_step_is_left_out_in_writing(firm: Firm, kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened()
    answer = kari.post(f"/cases/{case.id}/steps/skip", {"step": SEVER, "reason": "The client cut it <b>."})
    page = _done(kari, answer, case)
    assert "The step is left out." in page
    assert "The client cut it &lt;b&gt;." in page
    assert _now(firm, case).step(SEVER).state is StepState.SKIPPED
    assert ("skipped", "kari") in _events(firm, case)
    (evidence,) = firm.workplace.store.evidence(case.id, SEVER)
    assert (evidence.by, evidence.detail) == ("kari", {"reason": "The client cut it <b>."})


def test_without_a_reason_nothing_is_left_out(firm: Firm, kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened()
    answer = kari.post(f"/cases/{case.id}/steps/skip", {"step": SEVER, "reason": "  "})
    said = _refused(answer, 422)
    assert "No reason was given." in said
    assert "--reason" not in said
    assert _now(firm, case) == case


def test_a_step_that_just_started_is_not_left_out_and_what_was_written_is_not_lost(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened({"state": StepState.RUNNING, "attempts": 1}, approved_by=["per"])
    answer = kari.post(f"/cases/{case.id}/steps/skip", {"step": SEVER, "reason": "A long story."})
    said = _refused(answer, 409)
    assert "“Sever the link” on banqup is running; it cannot be skipped." in said
    assert "You wrote A long story." in said
    assert "data-events" not in answer.text
    assert (_now(firm, case), _events(firm, case)) == (case, [])


def test_of_two_people_who_leave_out_the_same_step_at_once_one_is_told_that_it_was(
    firm: Firm, kari: Visitor, per: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened(steps=[a_step(Verb.ARCHIVE, BANK), a_step(link=BANK)])

    def skip(who: Visitor) -> httpx.Response:
        return who.post(f"/cases/{case.id}/steps/skip", {"step": SEVER, "reason": f"{who.name} says so."})

    with ThreadPoolExecutor() as pool:
        answers = sorted(pool.map(skip, (kari, per)), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "“Sever the link” on banqup is left out; it cannot be skipped." in _refused(answers[1], 409)
    assert [kind for kind, _ in _events(firm, case)].count("skipped") == 1


def test_the_copy_that_the_gate_waits_for_is_not_left_out(kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened(steps=[a_step(Verb.RETAIN_HISTORY, BANK)])
    answer = kari.post(f"/cases/{case.id}/steps/skip", {"step": "banqup.retain_history", "reason": "Why not."})
    assert "without the firm's own copy nothing irreversible may happen" in _refused(answer, 409)


def test_a_date_is_moved(firm: Firm, kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened()
    page = _done(kari, kari.post(f"/cases/{case.id}/steps/move", {"step": SEVER, "to": str(MOVED)}), case)
    assert f"To {Wording('en').day(MOVED)}." in page
    assert (_now(firm, case).step(SEVER).due, _events(firm, case)) == (MOVED, [("moved", "kari")])


def test_why_a_date_is_moved_is_kept_as_that_persons_words(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened()
    form = {"step": SEVER, "to": str(MOVED), "reason": " The audit is late. "}
    assert "<q>The audit is late.</q>" in _done(kari, kari.post(f"/cases/{case.id}/steps/move", form), case)
    (kept,) = firm.workplace.store.evidence(case.id)
    assert (kept.step, kept.kind, kept.by) == (SEVER, "statement", "kari")
    assert kept.detail == {"moved_to": str(MOVED), "why": "The audit is late."}


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"step": SEVER, "to": "soon"}, 422, "That is no date. Write it as 2026-12-31."),
        ({"step": "nix", "to": str(MOVED)}, 422, "has no step 'nix'"),
        ({"to": str(MOVED)}, 422, "No step was named."),
    ],
)
def test_a_date_or_a_step_that_is_none_moves_nothing(
    firm: Firm, kari: Visitor, opened: Callable[..., Case], form: dict[str, str], status: int, said: str
) -> None:
    case = opened()
    assert said in _refused(kari.post(f"/cases/{case.id}/steps/move", form), status)
    assert _now(firm, case) == case


def test_the_date_of_a_step_that_started_is_not_moved(firm: Firm, kari: Visitor, opened: Callable[..., Case]) -> None:
    case = opened({"state": StepState.WAITING, "attempts": 1}, approved_by=["per"])
    answer = kari.post(f"/cases/{case.id}/steps/move", {"step": SEVER, "to": str(MOVED)})
    assert "has started" in _refused(answer, 409)
    assert _now(firm, case) == case


def test_a_step_whose_id_holds_slashes_is_steered_like_any_other(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    step = a_step(Verb.ARCHIVE, BANK, part="a/b?c=d", due=DUE)
    case = opened(steps=[step])
    _done(kari, kari.post(f"/cases/{case.id}/steps/skip", {"step": step.id, "reason": "So be it."}), case)
    assert _now(firm, case).step(step.id).state is StepState.SKIPPED


def test_a_step_that_failed_is_tried_again_alone_and_all_of_them_together(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    failed = [a_step(verb, BANK, state=StepState.FAILED, attempts=1) for verb in (Verb.ARCHIVE, Verb.SEVER_LINK)]
    case = opened(steps=failed, approved_by=["per"])
    _done(kari, kari.post(f"/cases/{case.id}/steps/retry", {"step": failed[0].id}), case)
    assert [step.state is StepState.FAILED for step in _now(firm, case).steps] == [False, True]
    _done(kari, kari.post(f"/cases/{case.id}/retry"), case)
    assert StepState.FAILED not in {step.state for step in _now(firm, case).steps}
    assert _events(firm, case) == [("retried", "kari"), ("retried", "kari")]


def test_what_has_nothing_to_be_tried_again_is_left_alone(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened()
    assert "nothing to retry" in _refused(kari.post(f"/cases/{case.id}/steps/retry", {"step": SEVER}), 409)
    assert "No step was named." in _refused(kari.post(f"/cases/{case.id}/steps/retry"), 422)
    assert _now(firm, case) == case


# --- the case


def test_a_case_is_called_off_and_nothing_is_changed_any_more(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    case = opened({"state": StepState.WAITING, "waits_for": WaitsFor.DATE}, approved_by=["per"])
    page = _done(kari, kari.post(f"/cases/{case.id}/cancel", {"reason": "The client stays."}), case)
    assert _now(firm, case).state is CaseState.CANCELLED
    assert _events(firm, case) == [("cancelled", "kari")]
    assert '<form method="post"' not in page.partition("<main")[2].partition("</main>")[0]
    for action, form in (
        ("cancel", {"reason": "Again."}),
        ("retry", {}),
        ("approve", {"plan": case.plan_hash}),
        ("steps/skip", {"step": SEVER, "reason": "Too late."}),
    ):
        assert "is cancelled" in _refused(kari.post(f"/cases/{case.id}/{action}", form), 409)


def test_a_finding_about_a_copy_is_accepted_in_writing_and_no_other_one_is(
    firm: Firm, kari: Visitor, opened: Callable[..., Case]
) -> None:
    gap = a_finding(code="history_gap:banqup.retain_history", severity=Severity.BLOCKER, message="A month is missing.")
    other = a_finding(code="no_contact", severity=Severity.BLOCKER, message="Nobody.")
    kept = a_step(Verb.RETAIN_HISTORY, BANK, state=StepState.DONE)
    case = opened(steps=[kept, a_step(link=BANK)], findings=[gap, other])
    assert re.findall(r'name="code" value="([^"]+)"', kari.text(f"/cases/{case.id}")) == [gap.code]
    form = {"code": gap.code, "reason": "It was never kept."}
    page = _done(kari, kari.post(f"/cases/{case.id}/accept", form), case)
    assert "Accepted in writing by kari." in page
    assert [f.severity for f in _now(firm, case).findings] == [Severity.WARNING, Severity.BLOCKER]
    assert "accepted by kari already" in _refused(kari.post(f"/cases/{case.id}/accept", form), 409)
    refused = kari.post(f"/cases/{case.id}/accept", {**form, "code": other.code})
    assert "cannot be accepted" in _refused(refused, 409)


def test_nothing_is_steered_at_a_case_that_is_not_there(kari: Visitor) -> None:
    for action in ("approve", "retry", "cancel", "accept", "steps/retry", "steps/skip", "steps/move"):
        assert kari.post(f"/cases/c-nowhere/{action}", {"plan": "x", "reason": "x"}).status_code == 404
