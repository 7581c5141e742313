"""The inbox: what waits for people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from disengage.domain.case import Approval
from disengage.domain.lifecycle import StepState
from disengage.engine.desk import office

from tests.builders import NOW, a_case, a_finding, a_link, a_request, a_step, a_task
from tests.web.firm import Firm
from tests.web.waiting import a_waiting_case, in_order, words


@pytest.fixture
def today(new_firm: Firm) -> date:
    return office(new_firm.workplace).today(new_firm.workplace.now())


def test_tasks_stand_by_their_days_the_overdue_first_and_marked_by_words(new_firm: Firm, today: date) -> None:
    week = timedelta(days=7)
    far = today + 3 * week
    for title, due in (
        ("Some day", None),
        ("Far", far),
        ("Now", today),
        ("Late", today - week),
        ("Very late", today - 2 * week),
    ):
        a_waiting_case(new_firm, {"title": title, "due": due}, name=f"Client of {title}")

    page = words(new_firm.visitor("viewer").text("/"))

    assert in_order(
        page,
        *("Overdue 2", "Very late Client of Very late banqup", "10 business days overdue", "Late Client of Late"),
        *("Today 1", "Now Client of Now", "Later 2", "Far Client of Far", "Some day Client of Some day"),
    )  # fmt: skip
    assert "5 business days overdue" in page


def test_what_is_due_before_the_week_is_over_stands_apart(new_firm: Firm) -> None:
    monday = date(2026, 11, 23)
    new_firm.workplace.now = lambda: NOW.replace(day=23)
    for due in (monday + timedelta(days=6), monday + timedelta(days=7)):
        a_waiting_case(new_firm, {"title": f"Until {due}", "due": due})

    page = words(new_firm.visitor("viewer").text("/"))

    assert in_order(page, "This week 1", "Until 2026-11-29", "Later 1", "Until 2026-11-30")


def test_only_open_tasks_are_shown_each_with_its_case(new_firm: Firm) -> None:
    case = a_waiting_case(new_firm, {"title": "Open one"}, {"title": "Done one", "state": "done"})

    page = new_firm.visitor("viewer").text("/")

    assert f'href="/tasks/{case.tasks[0].id}"' in page
    assert f'href="/cases/{case.id}"' in page
    assert "Done one" not in page


def test_an_inbox_with_nothing_in_it_says_so(new_firm: Firm) -> None:
    assert "No task is open." in words(new_firm.visitor("viewer").text("/"))


# --- pages


@pytest.fixture(scope="module")
def busy(firm: Firm) -> Firm:
    """Give a firm with 1,000 open tasks."""
    link = a_link(connection="banqup", connector="banqup")
    steps = [a_step(link=link, part=str(number), state=StepState.WAITING) for number in range(250)]
    for name in ("a", "b", "c", "d"):
        tasks = [
            a_task(step, id=f"{name}-{n}", title=f"Task {name}{n}", due=date(2026, 1, 1) + timedelta(n))
            for n, step in enumerate(steps)
        ]
        with firm.workplace.store.new_case(
            a_case(links=[link], steps=steps, tasks=tasks, id=f"c-{name}", approved_by=["Anna"])
        ):
            pass
    return firm


def test_a_thousand_tasks_come_a_hundred_at_a_time(busy: Firm) -> None:
    visitor = busy.visitor("viewer")
    first, second, last = (visitor.text(path) for path in ("/", "/?page=2", "/?page=10"))

    assert [page.count('class="task-line"') for page in (first, second, last)] == [100, 100, 100]
    assert in_order(first, "Task a0<", "Task b0<", "Task a1<", "Task d24<")
    assert "Task a25<" in second
    assert "Task d249<" in last
    assert 'href="/?page=2"' in first
    assert 'rel="next"' not in last
    assert 'rel="prev" href="/?page=9"' in last


@pytest.mark.parametrize("page", ["11", "0", "-3", "x", "9" * 400, "²"])
def test_a_page_that_is_not_there_is_the_nearest_one(busy: Firm, page: str) -> None:
    assert busy.visitor("viewer").text(f"/?page={page}").count('class="task-line"') == 100


# --- plans and cases


def test_approvers_see_the_plans_that_they_can_approve_next(new_firm: Firm) -> None:
    plans = {
        "New": {},
        "Blocked": {"findings": [a_finding(severity="blocker")]},
        "Half": {"needed": 2, "approved_by": ["per"]},
        "My own": {"needed": 2, "approved_by": ["per"], "asked_by": "anna"},
        "Mine": {"needed": 2, "approved_by": ["anna"]},
        "Approved": {"approved_by": ["per"]},
    }
    for number, (name, changes) in enumerate(plans.items()):
        case = a_case(id=f"c-plan{number}", request=a_request(client={"name": f"{name} AS"}), **changes)
        with new_firm.workplace.store.new_case(case):
            pass

    mine = words(new_firm.visitor("approver", name="anna").text("/"))
    theirs = new_firm.visitor("operator", "viewer").text("/")

    assert in_order(mine, "Plans that wait for your approval", "New AS", "0 of 1", "Half AS", "1 of 2 (per)")
    assert not any(name in mine for name in ("Blocked AS", "My own AS", "Mine AS", "Approved AS"))
    assert "wait for your approval" not in theirs


def test_a_plan_that_no_longer_fits_is_asked_for_anew(new_firm: Firm) -> None:
    stale = a_case(id="c-stale", fresh=False, approved_by=["per"]).model_copy(
        update={"approvals": (Approval(by="per", at=NOW, plan_hash="sha256:old"),)}
    )
    with new_firm.workplace.store.new_case(stale):
        pass
    assert "Changed since; approve it again" in words(new_firm.visitor("approver").text("/"))


def test_cases_that_need_attention_are_named(new_firm: Firm) -> None:
    refused = a_case(
        id="c-refused", steps=[a_step(state=StepState.REFUSED)], approved_by=["Anna"],
        request=a_request(client={"name": "Refused AS"}),
    )  # fmt: skip
    with new_firm.workplace.store.new_case(refused):
        pass
    page = words(new_firm.visitor("viewer").text("/"))
    assert in_order(page, "Cases that need attention", "Refused AS", "Needs attention")


def test_nobody_sees_the_inbox_without_signing_in(new_firm: Firm) -> None:
    answer = new_firm.anybody.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/")
