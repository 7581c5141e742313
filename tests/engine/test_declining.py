"""Who declines a task is not the end of it: the case's owner is asked what becomes of the step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from disengage import Effect, Instructions, LinkState, Verb, VerbSpec
from disengage.domain.case import Task, TaskKind, TaskState
from disengage.engine import answers, steering
from disengage.engine.workplace import Workplace
from disengage.errors import InputError, LifecycleError
from disengage.store import EventRecord

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

SEVER = "crm.sever_link"
BY_HAND = VerbSpec(
    verb=Verb.SEVER_LINK,
    effects=(Effect.IRREVERSIBLE,),
    moves=("linked",),
    by_hand=Instructions(verb=Verb.SEVER_LINK, title="End it", language="en", steps=("Click.",)),
)
COPY = VerbSpec(
    verb=Verb.RETAIN_HISTORY,
    by_hand=Instructions(verb=Verb.RETAIN_HISTORY, title="Bring the copy", language="en", steps=("Download it.",)),
)
Stages = Callable[..., Stage]


def declined(stage: Stages, *verbs: VerbSpec) -> tuple[Stage, Task]:
    """Return a stage whose one task was declined by Ola, and what its owner is asked."""
    made = stage(crm=a_manifest(*(verbs or (BY_HAND,))))
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    (task,) = made.open_tasks()
    answers.decline(made.workplace, task.id, "Ola", "the client refuses")
    made.go()
    (asked,) = made.open_tasks()
    return made, asked


def decide(made: Stage, task: Task, decision: str) -> None:
    answers.done(made.workplace, task.id, "Kari", values={"decision": decision, "reason": "agreed by phone"})
    made.go()


def said(workplace: Workplace, kind: str) -> EventRecord:
    return [event for event in workplace.store.events() if event.kind == kind][-1]


def test_declining_asks_the_owner_and_leaves_the_step_refused(stage: Stages) -> None:
    made, asked = declined(stage)
    assert (asked.kind, asked.step, asked.about) == (TaskKind.DECIDE, SEVER, f"{made.case_id}-1")
    assert [(item.key, item.choices) for item in asked.bring] == [("decision", ("again", "skip")), ("reason", ())]
    assert asked.due == date(2027, 1, 11)
    assert "Ola declined" in asked.instructions
    assert "the client refuses" in asked.instructions
    assert (made.step(SEVER).state, made.case.state) == ("refused", "attention")
    opened = said(made.workplace, "task_opened").payload
    assert opened == {"task": asked.id, "step": SEVER, "kind_of_task": "decide"}


def test_deciding_again_asks_anew_and_records_who_and_why(stage: Stages) -> None:
    made, asked = declined(stage)
    decide(made, asked, "again")
    assert [(task.kind, task.state) for task in made.case.tasks] == [
        ("do", TaskState.DECLINED),
        ("decide", TaskState.DONE),
        ("do", TaskState.OPEN),
    ]
    retried = said(made.workplace, "retried")
    assert (retried.actor, retried.payload) == ("Kari", {"steps": [SEVER]})
    statement = [row for row in made.workplace.store.evidence(made.case_id, SEVER) if row.by == "Kari"][-1]
    assert statement.detail["values"] == {"decision": "again", "reason": "agreed by phone"}


def test_deciding_to_skip_leaves_the_step_out_in_writing(stage: Stages) -> None:
    made, asked = declined(stage)
    decide(made, asked, "skip")
    assert (made.step(SEVER).state, made.step(SEVER).outcome) == ("skipped", "skipped by Kari")
    assert (made.case.state, made.open_tasks()) == ("closed", [])
    assert said(made.workplace, "skipped").actor == "Kari"


def test_the_copy_that_the_gate_waits_for_cannot_be_decided_away(stage: Stages) -> None:
    made, asked = declined(stage, COPY)
    assert asked.bring[0].choices == ("again",)
    with pytest.raises(InputError):
        decide(made, asked, "skip")
    assert made.open_tasks() == [asked]


def test_a_decision_needs_its_reason(stage: Stages) -> None:
    made, asked = declined(stage)
    with pytest.raises(InputError, match="'reason'"):
        answers.done(made.workplace, asked.id, "Kari", values={"decision": "again"})
    assert made.open_tasks() == [asked]


@pytest.mark.parametrize("how", ["retry", "skip", "cancel"])
def test_a_command_answers_it_too(stage: Stages, how: str) -> None:
    made, asked = declined(stage)
    if how == "retry":
        steering.retry(made.workplace, made.case_id, SEVER)
    elif how == "skip":
        steering.skip(made.workplace, made.case_id, SEVER, "Kari", "agreed by phone")
    else:
        steering.cancel(made.workplace, made.case_id, "Kari", "the client stays")
    made.go()
    assert next(task for task in made.case.tasks if task.id == asked.id).state is TaskState.DECLINED
    with pytest.raises(LifecycleError):
        decide(made, asked, "again")


def test_declining_the_decision_leaves_the_step_refused_and_asks_nobody_else(stage: Stages) -> None:
    made, asked = declined(stage)
    answers.decline(made.workplace, asked.id, "Kari", "not mine either")
    made.go()
    assert (made.step(SEVER).state, made.case.state, made.open_tasks()) == ("refused", "attention", [])


def test_a_step_done_on_the_platform_meanwhile_still_waits_for_the_decision(stage: Stages) -> None:
    made, asked = declined(stage)
    made.platforms["crm"].state = LinkState(linked=False)
    made.workplace.store.wake_now(made.case_id, "@look:crm", made.now)
    made.go()
    assert made.open_tasks() == [asked]
    decide(made, asked, "again")
    assert (made.step(SEVER).state, made.step(SEVER).proof, made.case.state) == ("done", "verified", "closed")
