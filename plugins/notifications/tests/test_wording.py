"""What people read."""

from __future__ import annotations

import pytest
from disengage.notifier import KINDS
from disengage_notifications.wording import HEADLINES, subject, text

from .conftest import a_digest, a_notice


def test_every_event_that_can_be_told_has_words() -> None:
    assert set(HEADLINES) == KINDS - {"digest"}


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (a_notice("failed"), "Could not go on: go.sever_link (c-nordlys000)"),
        (a_notice("escalation", title="End it", due="2027-01-04"), "Overdue since 2027-01-04: End it (c-nordlys000)"),
        (a_notice("connection_is_down"), "go does not work and is left alone (c-nordlys000)"),
        (a_notice("task_declined"), "A task was declined: a title (c-nordlys000)"),
        (a_notice("something_new"), "Event: something_new (c-nordlys000)"),
        (a_notice("failed", step="go.\r\nBcc: x"), "Could not go on: go. Bcc: x (c-nordlys000)"),
        (
            a_digest(),
            "Waiting for you: 4 tasks (1 overdue), 1 case needs attention, 1 connection does not work",
        ),
        (
            a_digest(counts={"tasks": 1, "overdue": 0, "soon": 0, "cases": 2, "connections": 0}),
            "Waiting for you: 1 task, 2 cases need attention",
        ),
        (
            a_digest(
                counts={
                    "tasks": 0,
                    "overdue": 0,
                    "soon": 0,
                    "cases": 0,
                    "connections": 0,
                    "may_be_destroyed": 2,
                    "must_be_deleted": 1,
                }
            ),
            "Waiting for you: 1 case has data that must go, 2 kept cases may be destroyed",
        ),
    ],
)
def test_a_subject_says_what_happened_in_one_line(notice: dict[str, object], words: str) -> None:
    assert subject(notice) == words


def test_the_text_of_an_event_says_where_and_how_to_see_more() -> None:
    assert text(a_notice("escalation", title="End it", due="2027-01-04")) == (
        "Overdue since 2027-01-04: End it (c-nordlys000)\n\n"
        "Case:             c-nordlys000\n"
        "Connection:       go\n"
        "Step:             go.sever_link\n"
        "Task:             End it\n"
        "Due:              2027-01-04\n"
        "Recorded:         2027-01-04T09:00:00Z\n\n"
        "More, on a machine of the firm:\n\n"
        "    disengage show c-nordlys000\n"
    )


def test_the_text_of_a_digest_lists_overdue_tasks_first() -> None:
    assert text(a_digest()) == (
        "What waits on 2027-01-04: 4 tasks (1 overdue), 1 case needs attention, 1 connection does not work.\n\n"
        "Overdue\n\n"
        "  - End it, number 1\n"
        "    due 2027-01-01, on go: disengage task show c-1-1\n\n"
        "Due soon\n\n"
        "  - End it, number 4\n"
        "    due 2027-01-04, on go: disengage task show c-1-4\n\n"
        "Later\n\n"
        "  - End it, number 9\n"
        "    due 2027-01-09, on go: disengage task show c-1-9\n\n"
        "… and 1 further task.\n\n"
        "Needs attention\n\n"
        "  - disengage show c-2 (go.sever_link)\n\n"
        "Does not work\n\n"
        "  - banqup, since 2027-01-03T10:00:00Z: disengage connectors check banqup\n\n"
        "More, on a machine of the firm:\n\n"
        "    disengage tasks\n"
    )
