"""House rules and notifications."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from disengage import Finding, Severity
from disengage.isolation import HUNG_CALLS
from disengage.registry import Registry

from tests.registry.packages import Packages

WORDS = "password-hunter2"
HEAD = "from disengage import Finding, Severity, hookimpl\nHEARD = []\n"
BLACKOUT = Finding(code="blackout", severity=Severity.BLOCKER, message="Not in December.")
RULE = HEAD + (
    "@hookimpl\ndef review_plan(plan):\n"
    "    return [Finding(code='blackout', severity=Severity.BLOCKER, message='Not in December.')]\n"
)
LISTENER = HEAD + "@hookimpl\ndef on_event(event):\n    HEARD.append(event)\n"
PLAN: dict[str, Any] = {"case": "c-1", "steps": [{"id": "go.sever_link", "effects": ["irreversible"]}]}


def loaded(packages: Packages) -> Registry:
    registry = Registry(packages.points())
    assert [report for report in registry.reports if report.reason] == []
    return registry


def failed(name: str, reason: str) -> Finding:
    return Finding(
        code="review_failed",
        severity=Severity.BLOCKER,
        message=f"The house rule '{name}' could not be asked: {reason}",
        remedy="Mend or remove the plugin and plan again.",
    )


def test_every_house_rule_is_asked(packages: Packages) -> None:
    packages.add("december", RULE)
    packages.add("quiet", HEAD + "@hookimpl\ndef review_plan(plan): return []")
    packages.add("silent", HEAD + "@hookimpl\ndef review_plan(plan): pass")
    packages.add(
        "eyes",
        HEAD
        + "@hookimpl\ndef review_plan(plan):\n    return (Finding(code=plan['case'], severity='notice', message='x'),)",
    )
    notice = Finding(code="c-1", severity=Severity.NOTICE, message="x")
    assert loaded(packages).review_plan(PLAN) == [BLACKOUT, notice]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f"raise ValueError('{WORDS}')", "odd: review_plan raised ValueError."),
        (f"raise SystemExit('{WORDS}')", "odd: review_plan raised SystemExit."),
        ("from hangs import released; released.wait()", "odd: review_plan did not come back within 0.5 seconds."),
        ("return 7", "odd: review_plan did not return a list of Finding."),
        ("return False", "odd: review_plan did not return a list of Finding."),
        ("return ['blackout']", "odd: review_plan did not return a list of Finding."),
        (
            "return Finding(code='a', severity='notice', message='b')",
            "odd: review_plan did not return a list of Finding.",
        ),
    ],
)
def test_a_house_rule_that_cannot_be_asked_is_a_blocker_and_the_others_are_asked(
    packages: Packages, released: threading.Event, quickly: None, body: str, reason: str
) -> None:
    packages.add("december", RULE)
    packages.add("odd", HEAD + f"@hookimpl\ndef review_plan(plan):\n    {body}\n")
    assert loaded(packages).review_plan(PLAN) == [BLACKOUT, failed("odd", reason)]


def test_a_house_rule_cannot_change_what_the_others_see(packages: Packages) -> None:
    tampering = "plan['steps'][0]['effects'].clear(); plan.clear()"
    packages.add("a_tamperer", HEAD + f"@hookimpl\ndef review_plan(plan):\n    {tampering}\n")
    packages.add("b_reader", HEAD + "@hookimpl\ndef review_plan(plan):\n    HEARD.append(plan)\n")
    plan = {"steps": [{"effects": ["irreversible"]}]}
    loaded(packages).review_plan(plan)
    assert sys.modules["disengage_b_reader"].HEARD == [{"steps": [{"effects": ["irreversible"]}]}]  # type: ignore[attr-defined]
    assert plan == {"steps": [{"effects": ["irreversible"]}]}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (f"raise ValueError('{WORDS}')", ["odd: on_event raised ValueError."]),
        (f"raise SystemExit('{WORDS}')", ["odd: on_event raised SystemExit."]),
        ("from hangs import released; released.wait()", ["odd: on_event did not come back within 0.5 seconds."]),
        ("return 'nonsense'", []),
        ("event['payload'].clear()", []),
    ],
)
def test_a_listener_that_misbehaves_changes_nothing_and_the_others_hear(
    packages: Packages, released: threading.Event, quickly: None, body: str, wrong: list[str]
) -> None:
    packages.add("listener", LISTENER)
    packages.add("odd", HEAD + f"@hookimpl\ndef on_event(event):\n    {body}\n")
    packages.add("zealous", LISTENER)
    event = {"kind": "done", "payload": {"step": "go.sever_link"}}
    assert [error.message for error in loaded(packages).tell(event)] == wrong
    for listener in ("disengage_listener", "disengage_zealous"):
        assert sys.modules[listener].HEARD == [{"kind": "done", "payload": {"step": "go.sever_link"}}]  # type: ignore[attr-defined]
    assert event == {"kind": "done", "payload": {"step": "go.sever_link"}}


def test_a_listener_that_always_hangs_is_left_alone_after_a_while(
    packages: Packages, released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages.add("odd", HEAD + "from hangs import released\n@hookimpl\ndef on_event(event): released.wait()\n")
    registry = loaded(packages)
    monkeypatch.setattr("disengage.registry.LOAD_SECONDS", 0.02)
    said = [error.message for _ in range(HUNG_CALLS + 1) for error in registry.tell({"kind": "done"})]
    assert said == ["odd: on_event did not come back within 0.02 seconds."] * HUNG_CALLS + [
        f"odd: {HUNG_CALLS} calls have not come back, and it is not called again before one does."
    ]


def test_a_module_that_hung_is_no_reason_to_leave_a_connection_of_its_name_alone(
    packages: Packages, connect: Callable[..., Registry], released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages.add_connector("go", more="from hangs import released\n@hookimpl\ndef on_event(event): released.wait()\n")
    registry = connect(go="go")
    monkeypatch.setattr("disengage.registry.LOAD_SECONDS", 0.02)
    for _ in range(HUNG_CALLS + 1):
        assert registry.tell({"kind": "done"})
    assert registry.call("go", "try_credentials", 5.0) == "known as go"
