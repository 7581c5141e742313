"""Steps that somebody at the platform was asked for: wait, remind, and believe what is seen, never the receipt."""

from __future__ import annotations

import structlog

from disengage.domain.case import Case, Step
from disengage.domain.evidence import Proof
from disengage.domain.outcomes import NeedsPerson
from disengage.engine import patience, questions
from disengage.engine.people import needs_person
from disengage.engine.record import Record
from disengage.errors import DisengageError
from disengage.store import Work

log = structlog.get_logger("disengage.engine")


def wait_for_support(record: Record, step: Step, *, can_be_seen: bool) -> None:
    """Wait for what was asked for to be seen; where it cannot be seen, ask a person."""
    if not can_be_seen:
        return _ask_whether_support_did_it(record, step)
    if patience.gave_up(step, record.workplace.now()):
        reason = f"It was asked for, and is not shown after {patience.OVERDUE.days} days."
        return needs_person(record, NeedsPerson(reason=reason))
    _remind(record, step)
    return record.pause(patience.SUPPORT_LOOK, step.outcome, accepted=True)


def _ask_whether_support_did_it(record: Record, step: Step) -> None:
    case, about = record.case, f"look {step.looks}"
    answer = questions.answered(case, step, about=about)
    if answer is None:
        receipt = questions.receipt_of(record.workplace, case.id, step.id)
        question = questions.did_support_do_it(step, record.deadline(case, step), about, receipt)
        return record.open_task(question, "it was asked for; the platform cannot show whether it was done")
    if answer.values.get("happened") == "yes":
        return record.done(Proof.STATED, f"{answer.by} found out that it happened")
    _remind(record, step)
    return record.pause(patience.SUPPORT_AGAIN, f"{answer.by} says that it has not happened yet", accepted=True)


def _remind(record: Record, step: Step) -> None:
    """Remind whoever was asked, if it is time; each reminder is committed first, so that none is sent twice."""
    now = record.workplace.now()
    last_asked = step.reminded_at or step.first_tried or now
    if now - last_asked < patience.REMIND_EVERY:
        return

    def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- recorded when it was sent
        return case.with_step(step.model_copy(update={"reminded_at": now, "reminders": step.reminders + 1}))

    case = record.change(change, settle=False)
    _send_reminder(record, case, case.step(step.id))


def _send_reminder(record: Record, case: Case, step: Step) -> None:
    asked = {"link": case.link(step.link).link, "request": case.effective, "verb": step.verb, "part": step.part}
    receipt = questions.receipt_of(record.workplace, case.id, step.id)
    try:
        outcome = record.workplace.call(step.connection, "remind", **asked, receipt=receipt, number=step.reminders)
    except DisengageError as error:
        log.warning("reminder_failed", case=case.id, step=step.id, kind=type(error).__name__)
        return
    with record.workplace.store.change(case.id) as work:
        work.event("reminded", step=step.id, number=step.reminders)
        work.evidence(step.id, "receipt", detail={"reminder": step.reminders, **outcome.model_dump(mode="json")})
    record.workplace.tell(work.events_written)
