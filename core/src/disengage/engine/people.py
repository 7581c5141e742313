"""Steps that a person does: what that person is asked, and what becomes of the answer."""

from __future__ import annotations

from disengage.domain.case import Case, Step, Task
from disengage.domain.difference import Comparison
from disengage.domain.evidence import Proof
from disengage.domain.outcomes import NeedsPerson
from disengage.domain.tasks import Instructions
from disengage.domain.verbs import Mode, Verb
from disengage.engine import questions
from disengage.engine.completeness import GAP, WRONG
from disengage.engine.record import Record
from disengage.engine.retain import kept_soundly
from disengage.store import Work


def by_hand(record: Record, case: Case, step: Step, comparison: Comparison) -> None:
    """Ask a person, or take what that person answered: believed where the platform cannot show otherwise."""
    answer = questions.answered(case, step)
    if answer is None:
        return _ask(record, case, step, _instructions(record, case, step))
    if step.verb is Verb.RETAIN_HISTORY and _wants_a_new_copy(case, step):
        return _ask(record, case, step, _instructions(record, case, step), "A better copy is wanted than the last one.")
    if step.verb is Verb.RETAIN_HISTORY:
        return _take_files(record, case, step)
    if comparison is Comparison.UNKNOWN:
        return record.done(Proof.STATED, f"stated by {answer.by}")
    note = f"{answer.by} says it is done, but the platform does not show it."
    return _ask(record, case, step, _instructions(record, case, step), note)


def _wants_a_new_copy(case: Case, step: Step) -> bool:
    """Return whether the step was taken up again because of what was found in the copy that a person brought."""
    return not step.checked and any(f.code in (f"{WRONG}{step.id}", f"{GAP}{step.id}") for f in case.findings)


def _take_files(record: Record, case: Case, step: Step) -> None:
    complaints = kept_soundly(record.workplace, record.case_id, step.id)
    if complaints:
        note = f"The files that were brought are not sound any more: {complaints[0]}."
        return _ask(record, case, step, _instructions(record, case, step), note)
    return record.done(Proof.STATED, "the files brought are kept, their checksums verified")


def needs_person(record: Record, outcome: NeedsPerson) -> None:
    """Hand a step to a person that the connector cannot go on with."""
    case = record.case
    step = case.step(record.step_id)
    instructions = outcome.instructions or _instructions(record, case, step)

    def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- the task is recorded next
        return case.with_step(step.model_copy(update={"mode": Mode.BY_HAND, "acting_since": None}))

    record.change(change, settle=False)
    _ask(record, case, step, instructions, outcome.reason)


def _instructions(record: Record, case: Case, step: Step) -> Instructions:
    link = case.link(step.link)
    found: Instructions | None = record.workplace.call(
        step.connection, "instruct", link=link.link, request=case.effective, verb=step.verb, part=step.part
    )
    return found or Instructions(
        verb=step.verb,
        part=step.part,
        title=f"Do {step.verb} on {step.connection} by hand",
        language="en",
        steps=("The connector gives no instructions for this step; do it as the platform's own help says.",),
    )


def _ask(record: Record, case: Case, step: Step, instructions: Instructions, note: str = "") -> None:
    """Open a task; while one is open, nothing more happens to the step."""
    text = f"{note}\n\n{instructions.text()}" if note else instructions.text()
    record.open_task(Task(
        id="",
        step=step.id,
        connection=step.connection,
        title=instructions.title,
        instructions=text,
        bring=instructions.bring,
        due=record.deadline(case, step),
    ), note or "waits for a person")  # fmt: skip
