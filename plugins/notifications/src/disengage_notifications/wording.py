"""Notices in words: what an accountant reads in a subject line, and in the text below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Notice = Mapping[str, Any]

#: Kind → what happened; filled from the notice.
HEADLINES: dict[str, str] = {
    "case_opened": "A new case was opened",
    "planned": "A plan waits to be approved",
    "approved": "A plan was approved",
    "reviewed": "An approved plan begins",
    "plan_stale": "A plan no longer fits and must be approved again",
    "gate_stayed_shut": "Nothing irreversible may begin yet",
    "gate_opened": "The irreversible steps may begin",
    "history_kept": "A client's history is in the vault",
    "history_wrong": "The kept history is not as it should be: {step}",
    "finding_accepted": "What was wrong with the kept history was accepted: {step}",
    "consent_recorded": "A client's consent to the handing over was recorded",
    "handed_over": "The history was handed over",
    "receipt_confirmed": "What was handed over was received",
    "done": "Done: {step}",
    "not_needed": "Turned out to need nothing: {step}",
    "waits_for_platform": "Waits for {connection}: {step}",
    "connection_is_down": "{connection} does not work and is left alone",
    "connection_is_back": "{connection} works again",
    "looked_ahead": "A dated step comes soon, and its plan still fits",
    "came_back": "Came back after the case was closed: {step}",
    "as_wanted_again": "Is as wanted again: {step}",
    "reminded": "Support was reminded: {step}",
    "refused": "{connection} refused: {step}",
    "failed": "Could not go on: {step}",
    "task_opened": "A new task: {title}",
    "task_done": "A task was done: {title}",
    "task_declined": "A task was declined: {title}",
    "retried": "Steps were taken up again",
    "skipped": "Left out: {step}",
    "moved": "Moved to {to}: {step}",
    "cancelled": "A case was cancelled",
    "closed": "A case is closed: nothing is left to do",
    "paper_made": "A paper was made",
    "exported": "A case was exported",
    "bag_opened": "Somebody opened a kept copy",
    "retention_hold": "A case was put on legal hold",
    "retention_released": "A legal hold was lifted",
    "destruction_approved": "Somebody approved the destruction of what is kept of a case",
    "destroyed": "What was kept of a case was destroyed",
    "escalation": "Overdue since {due}: {title}",
}
#: What the text says besides, in this order.
_LINES = (
    ("case", "Case"),
    ("connection", "Connection"),
    ("step", "Step"),
    ("title", "Task"),
    ("due", "Due"),
    ("to", "Moved to"),
    ("until", "Left alone until"),
    ("at", "Recorded"),
)
_WIDTH = 18


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"a {key}"


def subject(notice: Notice) -> str:
    """Return one line that says what happened, or what waits."""
    if notice["kind"] == "digest":
        return f"Waiting for you: {', '.join(_counted(notice['counts']))}"
    headline = HEADLINES.get(notice["kind"], f"Event: {notice['kind']}").format_map(_Words(notice))
    return " ".join(f"{headline} ({notice['case']})".split()) if notice.get("case") else headline


def text(notice: Notice) -> str:
    """Return the whole as plain text."""
    lines = _digest(notice) if notice["kind"] == "digest" else _event(notice)
    return "\n".join([*lines, "", "More, on a machine of the firm:", "", f"    {notice['more']}", ""])


def _event(notice: Notice) -> list[str]:
    given = [f"{label + ':':<{_WIDTH}}{notice[key]}" for key, label in _LINES if notice.get(key)]
    return [subject(notice), "", *given]


def _counted(counts: Mapping[str, int]) -> list[str]:
    told = [
        _some(counts["tasks"], "task", "tasks", f" ({counts['overdue']} overdue)" if counts["overdue"] else ""),
        _some(counts["cases"], "case needs attention", "cases need attention"),
        _some(counts["connections"], "connection does not work", "connections do not work"),
        _some(counts.get("must_be_deleted", 0), "case has data that must go", "cases have data that must go"),
        _some(counts.get("may_be_destroyed", 0), "kept case may be destroyed", "kept cases may be destroyed"),
    ]
    return [words for words in told if words]


def _some(number: int, one: str, many: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else many}{more}" if number else ""


def _digest(notice: Notice) -> list[str]:
    lines = [f"What waits on {notice['day']}: {', '.join(_counted(notice['counts']))}."]
    for title, wanted in (
        ("Overdue", [task for task in notice["tasks"] if task["overdue"]]),
        ("Due soon", [task for task in notice["tasks"] if task["soon"]]),
        ("Later", [task for task in notice["tasks"] if not (task["overdue"] or task["soon"])]),
    ):
        lines += _listed(title, [line for task in wanted for line in _task(task)])
    left = notice["counts"]["tasks"] - len(notice["tasks"])
    if left:
        lines += ["", f"… and {_some(left, 'further task', 'further tasks')}."]
    lines += _listed("Needs attention", [_case(case) for case in notice["cases"]])
    return lines + _listed("Does not work", [_connection(found) for found in notice["connections"]])


def _listed(title: str, lines: list[str]) -> list[str]:
    return ["", title, "", *lines] if lines else []


def _task(task: Mapping[str, Any]) -> list[str]:
    return [
        f"  - {task['title']}",
        f"    due {task['due'] or 'any time'}, on {task['connection']}: disengage task show {task['task']}",
    ]


def _case(case: Mapping[str, Any]) -> str:
    steps = f" ({', '.join(case['steps'])})" if case["steps"] else ""
    return f"  - disengage show {case['case']}{steps}"


def _connection(found: Mapping[str, Any]) -> str:
    return f"  - {found['connection']}, since {found['since']}: disengage connectors check {found['connection']}"
