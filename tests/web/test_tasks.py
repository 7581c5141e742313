"""A task: what to do, and what was brought back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
from disengage.domain.case import Task, TaskKind, TaskState
from disengage.engine.answers import find_task

from tests.web.firm import Firm, Visitor
from tests.web.waiting import GOOD, a_waiting_case, a_waiting_task, in_order, words

PDF = b"%PDF-1.4\n%%EOF\n"


def task_of(firm: Firm, task: str) -> Task:
    return find_task(firm.workplace, task)[1]


def statements(firm: Firm, task: str) -> list[str]:
    """Return who stated anything about a task's step, and what kind of evidence there is besides."""
    case, found = find_task(firm.workplace, task)
    return [f"{row.kind} {row.by}" for row in firm.workplace.store.evidence(case.id, found.step)]


def answer(visitor: Visitor, task: str, **more: object) -> httpx.Response:
    return visitor.post(f"/tasks/{task}/done", {**GOOD, **more})


# --- what is shown


def test_a_task_says_what_to_do_in_the_platforms_own_words_and_why(firm: Firm) -> None:
    task = a_waiting_task(firm)
    page = firm.visitor("operator").text(f"/tasks/{task}")

    assert in_order(
        words(page),
        *("Make the client's own person administrator", "Case of Nordlys Kafé AS", "To do"),
        *("Banqup offers no interface for this", "In the platform's words", "Wählen Sie Kari Nordmann."),
        *("In English", "Choose Kari Nordmann.", "Mind", "Nobody can undo <this>.", "https://vendor.example/help"),
        *("Cannot be undone", "To copy", "The status shown now", "Archived", "Lost"),
    )  # fmt: skip
    assert "undo &lt;this&gt;" in page
    assert 'rel="noreferrer">https://vendor.example/help' in page


def test_names_numbers_and_dates_can_be_copied(firm: Firm) -> None:
    page = words(firm.visitor("operator").text(f"/tasks/{a_waiting_task(firm)}"))
    copied = page.partition("To copy")[2]
    assert in_order(
        copied,
        *("Client Nordlys Kafé AS", "Organisation number 974760673", "Number there 1001"),
        *("Administrator Kari Nordmann", "Date 2027-02-03"),
    )  # fmt: skip
    assert "2026-11-22" not in copied.partition("What to bring back")[0]  # the day on which the source was read


def test_questions_take_no_files_and_say_why_they_are_asked(firm: Firm) -> None:
    task = a_waiting_task(firm, kind=TaskKind.FIND_OUT, instructions="  1. Look.\n  2. Say it.")
    page = firm.visitor("operator").text(f"/tasks/{task}")
    assert in_order(words(page), "To find out", "Look.", "Say it.", "What did you find out?")
    assert 'name="further"' not in page
    assert "In English" not in page


def test_who_may_only_see_is_shown_no_form(firm: Firm) -> None:
    task = a_waiting_task(firm)
    viewer = firm.visitor("viewer")
    assert "<textarea" not in viewer.text(f"/tasks/{task}")
    assert answer(viewer, task).status_code == 403
    assert viewer.post(f"/tasks/{task}/decline", {"reason": "no"}).status_code == 403
    assert task_of(firm, task).state is TaskState.OPEN


@pytest.mark.parametrize("task", ["t-nobody", "%00", "x" * 500])
def test_a_task_that_is_not_there_is_not_found(firm: Firm, task: str) -> None:
    assert firm.visitor("operator").get(f"/tasks/{task}").status_code == 404


# --- done


def test_what_was_brought_is_recorded_as_stated_by_whoever_is_signed_in(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    files = {"file.picture": ("page.pdf", PDF, "application/pdf"), "further": ("more.txt", b"more", "text/plain")}
    sent = kari.post(f"/tasks/{task}/done", GOOD, files=files)

    assert (sent.status_code, sent.headers["location"]) == (303, f"/tasks/{task}")
    found = task_of(firm, task)
    assert (found.state, found.by, found.note) == (TaskState.DONE, kari.name, "As agreed.")
    assert found.values == {"status": "Lost", "seen_on": "2026-11-20", "count": "3"}
    assert found.files == ("picture", "evidence-2")
    assert statements(firm, task) == [f"file {kari.name}", f"statement {kari.name}"]
    page = kari.text(f"/tasks/{task}")
    assert in_order(words(page), f"Stated by {kari.name}, not verified yet.", "Lost", "As agreed.")
    assert "<textarea" not in page


def test_wrong_input_is_shown_again_with_what_was_typed(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    wrong = {"value.status": "Elsewhere", "value.seen_on": "yesterday", "value.count": "many", "note": "<b>Mine</b>"}
    sent = kari.post(f"/tasks/{task}/done", wrong, files={"file.picture": ("page.pdf", PDF)})

    assert sent.status_code == 422
    page = words(sent.text)
    assert in_order(page, "3 fields have to be corrected", "Files have to be chosen again.")
    assert in_order(page, "Choose one of these.", "This is not a date.", "This is not a number.")
    for kept in ('value="yesterday"', 'value="many"', "&lt;b&gt;Mine&lt;/b&gt;"):
        assert kept in sent.text
    assert (task_of(firm, task).state, statements(firm, task)) == (TaskState.OPEN, [])


def test_what_is_needed_and_missing_is_said_at_its_field(firm: Firm) -> None:
    task = a_waiting_task(firm)
    sent = firm.visitor("operator").post(f"/tasks/{task}/done", {"value.count": "nan"})
    assert (sent.status_code, sent.text.count("This is needed."), sent.text.count("This is not a number.")) == (
        422,
        2,
        1,
    )


@pytest.mark.parametrize("name", ["page.html", "page.pdf"], ids=["a page", "a page that is named otherwise"])
def test_a_file_that_is_not_accepted_is_refused_and_nothing_recorded(firm: Firm, name: str) -> None:
    task = a_waiting_task(firm)
    files = {"file.picture": (name, b"<!doctype html><script>alert(1)</script>")}
    sent = firm.visitor("operator").post(f"/tasks/{task}/done", GOOD, files=files)
    assert sent.status_code == 422
    assert "Files have to be chosen again." in sent.text
    assert "disengage-web-" not in sent.text
    assert (task_of(firm, task).state, statements(firm, task)) == (TaskState.OPEN, [])


def test_further_files_do_not_take_the_place_of_what_is_asked_for(firm: Firm) -> None:
    task = a_waiting_task(firm)
    sent = firm.visitor("operator").post(f"/tasks/{task}/done", GOOD, files={"further": ("more.txt", b"more")})
    assert (sent.status_code, task_of(firm, task).state) == (422, TaskState.OPEN)


def test_two_files_for_one_thing_are_refused(firm: Firm) -> None:
    task = a_waiting_task(firm)
    files = [("file.picture", ("a.pdf", PDF)), ("file.picture", ("b.pdf", PDF))]
    sent = firm.visitor("operator").post(f"/tasks/{task}/done", GOOD, files=files)
    assert (sent.status_code, "Choose one file here." in sent.text) == (422, True)


# --- declined


def test_who_declines_says_why_and_somebody_is_asked_what_becomes_of_it(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    without = kari.post(f"/tasks/{task}/decline", {"reason": "  "})
    sent = kari.post(f"/tasks/{task}/decline", {"reason": "Not our client."})

    assert (without.status_code, "Say why." in without.text) == (422, True)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/tasks/{task}")
    found = task_of(firm, task)
    assert (found.state, found.by, found.note) == (TaskState.DECLINED, kari.name, "Not our client.")
    assert f"Declined by {kari.name}." in words(kari.text(f"/tasks/{task}"))
    asked = find_task(firm.workplace, task)[0].tasks[-1]
    page = words(kari.text(f"/tasks/{asked.id}"))
    assert in_order(page, "To decide", "Not our client.", "What is decided?", "again", "skip")


def test_what_becomes_of_a_declined_step_is_decided_in_a_form(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    kari.post(f"/tasks/{task}/decline", {"reason": "Not our client."})
    asked = find_task(firm.workplace, task)[0].tasks[-1].id
    sent = kari.post(f"/tasks/{asked}/done", {"value.decision": "skip", "value.reason": "Agreed with Anna."})
    assert sent.status_code == 303
    case, found = find_task(firm.workplace, asked)
    assert case.step(found.step).state == "skipped"
    assert f"Decided by {kari.name}." in words(kari.text(f"/tasks/{asked}"))


# --- two at once


def test_who_comes_second_learns_who_was_quicker_and_keeps_what_was_typed(firm: Firm) -> None:
    task, kari, per = a_waiting_task(firm), firm.visitor("operator"), firm.visitor("operator")
    answer(kari, task)
    sent = answer(per, task, note="Mine & <only> mine")
    declined = per.post(f"/tasks/{task}/decline", {"reason": "Too late."})

    assert (sent.status_code, declined.status_code) == (409, 409)
    assert in_order(words(sent.text), f"Stated by {kari.name}", "Somebody else was quicker.", "Mine & <only> mine")
    assert "Too late." in words(declined.text)
    assert statements(firm, task) == [f"statement {kari.name}"]


def test_of_two_people_at_once_exactly_one_answers(firm: Firm) -> None:
    visitors = [firm.visitor("operator") for _ in range(2)]
    case = a_waiting_case(firm, *({} for _ in range(4)))
    for task in (task.id for task in case.tasks):
        together = Barrier(2)

        def at_once(visitor: Visitor, task: str = task, together: Barrier = together) -> int:
            together.wait()
            files = {"file.picture": (f"{visitor.name}.pdf", PDF)}
            return visitor.post(f"/tasks/{task}/done", GOOD, files=files).status_code

        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(at_once, visitors))

        winner = visitors[codes.index(303)].name
        assert sorted(codes) == [303, 409]
        assert (task_of(firm, task).by, statements(firm, task)) == (winner, [f"file {winner}", f"statement {winner}"])
    assert len([bag for bag in firm.desk.bags() if case.id in bag]) == len(case.tasks)


def test_sending_the_same_answer_twice_records_it_once(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    together = Barrier(2)

    def twice(_: int) -> httpx.Response:
        together.wait()
        return answer(kari, task)

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(twice, range(2)))

    assert [(one.status_code, one.headers["location"]) for one in sent] == [(303, f"/tasks/{task}")] * 2
    assert statements(firm, task) == [f"statement {kari.name}"]


def test_another_answer_of_the_same_person_is_not_taken_for_the_same(firm: Firm) -> None:
    task, kari = a_waiting_task(firm), firm.visitor("operator")
    answer(kari, task)
    assert answer(kari, task, note="On second thoughts").status_code == 409
    assert task_of(firm, task).note == "As agreed."
