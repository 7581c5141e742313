"""What a person is asked about a step when nobody else can tell, and what that person answered."""

from __future__ import annotations

from datetime import date

from disengage.domain.case import Case, Step, Task, TaskKind, TaskState
from disengage.domain.tasks import Bring, BringKind
from disengage.engine.steering import may_be_left_out
from disengage.engine.workplace import Workplace

#: What may be decided about a step whose task was declined.
AGAIN, SKIP = "again", "skip"

_HAPPENED = Bring(key="happened", kind=BringKind.CHOICE, choices=("yes", "no"), label="Did it happen?")
_WHY = Bring(key="reason", kind=BringKind.TEXT, label="Why is it decided so?")


def answered(case: Case, step: Step, *, about: str = "") -> Task | None:
    """Return the last task of a step if it was done.

    Args:
        case: The case.
        step: The step.
        about: For a question, what it is about: an answer about anything older answers nothing. Empty: for work.
    """
    kind = TaskKind.FIND_OUT if about else TaskKind.DO
    tasks = [task for task in case.tasks if task.step == step.id and task.kind is kind]
    if not tasks or tasks[-1].state is not TaskState.DONE:
        return None
    return tasks[-1] if tasks[-1].about == about else None


def was_it_done(step: Step, due: date) -> Task:
    """Ask whether a call had its effect whose answer never came."""
    assert step.acting_since is not None
    moment = f"{step.acting_since:%Y-%m-%d at %H:%M} UTC"
    if step.through_support:
        text = (
            f"A message that asks for {step.verb} was being sent on {moment}, and it is not known whether it left.\n\n"
            "  1. Look for it in the mailbox it is sent from, or ask the platform's support whether it arrived.\n"
            "  2. Say whether it was sent (happened: yes) or not (no).\n\n"
            "It is not sent again before somebody says that it was not."
        )
    else:
        text = (
            f"A call that does {step.verb} was sent on {moment}, and its answer never "
            "arrived. The platform's interface cannot show whether it happened.\n\n"
            "  1. Look at the client on the platform.\n  2. Say whether it happened.\n\n"
            "It is not sent again before somebody says that it did not happen."
        )
    title = f"Find out whether {step.verb} happened on {step.connection}"
    return _question(step, title, text, due, step.acting_since.isoformat())


def did_support_do_it(step: Step, due: date, about: str, receipt: str) -> Task:
    """Ask whether somebody at the platform did what they were asked to do."""
    text = (
        f"The platform's support was asked for {step.verb} (receipt: {receipt or 'none'}), and the platform's "
        "interface cannot show whether it was done.\n\n"
        "  1. Look for support's answer, or ask for it.\n"
        "  2. Say whether it was done; 'no' means: not yet. Nothing is asked for a second time.\n\n"
        "That a message was sent is no proof that anybody acted on it."
    )
    return _question(step, f"Find out whether support did {step.verb} on {step.connection}", text, due, about)


def what_becomes_of_it(case: Case, step: Step, declined: Task, due: date) -> Task:
    """Ask the case's owner what becomes of a step that somebody will not do; numbered as the next task of ``case``."""
    choices = (AGAIN, SKIP) if may_be_left_out(step) else (AGAIN,)
    skipping = (
        f"  - {SKIP}: the step is left out, in writing; the case goes on without it.\n"
        if SKIP in choices
        else "  It cannot be skipped: without the firm's own copy nothing irreversible may happen.\n"
    )
    text = (
        f"{declined.by} declined the task {declined.id}, '{declined.title}': {declined.note}\n\n"
        "Decide what becomes of it, and say why:\n\n"
        f"  - {AGAIN}: the step is taken up again, and whoever does it is asked anew.\n"
        f"{skipping}\n"
        f"To end the case instead: disengage cancel {case.id}"
    )
    bring = (Bring(key="decision", kind=BringKind.CHOICE, choices=choices, label="What becomes of it?"), _WHY)
    title = f"Decide what becomes of {step.verb} on {step.connection}"
    asked = _question(step, title, text, due, declined.id)
    number = f"{case.id}-{len(case.tasks) + 1}"
    return asked.model_copy(update={"id": number, "kind": TaskKind.DECIDE, "bring": bring})


def _question(step: Step, title: str, text: str, due: date, about: str) -> Task:
    return Task(
        id="",
        step=step.id,
        connection=step.connection,
        kind=TaskKind.FIND_OUT,
        title=title,
        instructions=text,
        bring=(_HAPPENED,),
        due=due,
        about=about,
    )


def receipt_of(workplace: Workplace, case_id: str, step_id: str) -> str:
    """Return the first receipt that the platform gave for a step; empty where there is none."""
    rows = workplace.store.evidence(case_id, step_id)
    return next((str(row.detail["receipt"]) for row in rows if row.kind == "receipt" and "receipt" in row.detail), "")
