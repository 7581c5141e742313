"""What a step's trouble leads to; the type of the error says it."""

from __future__ import annotations

from datetime import datetime

import structlog

from disengage.domain.case import Case, Step
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepEvent
from disengage.engine import patience
from disengage.engine.record import Record
from disengage.errors import (
    CredentialsError,
    DisengageError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.isolation import HungError
from disengage.store import Work

log = structlog.get_logger("disengage.engine")

#: OAuth's word (RFC 6749, section 5.2) for a refresh token that was revoked, expired or given to somebody else.
_DEAD_GRANT = "invalid_grant"


def take_down(record: Record, error: DisengageError) -> None:
    """Write down what went wrong, and what is to be done next."""
    log.warning("step_trouble", case=record.case_id, step=record.step_id, kind=type(error).__name__)
    if isinstance(error, OutcomeUnknownError | HungError) or (
        isinstance(error, RetryableError) and error.retry_after is None
    ):
        _count_against_connection(record, error)
    if isinstance(error, OutcomeUnknownError | HungError):
        _unclear(record, error)
    elif isinstance(error, CredentialsError):
        _credentials(record, error)
    elif isinstance(error, RetryableError):
        _back_off(record, error, error.retry_after)
    elif isinstance(error, RejectedError):
        _refused(record, error)
    else:
        _failed(record, error)


def _mark_after(record: Record, step: Step, *, clean: bool = True) -> datetime | None:
    """Return the mark that stays: only the act's own clear answer takes it away, never that of a read before it."""
    return None if clean and record.acted else step.acting_since


def _unclear(record: Record, error: DisengageError) -> None:
    """Leave the mark, if there is one, and look again when a read would show what happened."""
    case = record.case
    step = case.step(record.step_id)
    if step.acting_since is None or step.failures > patience.QUICK_LOOKS:
        return _back_off(record, error, None)
    delay = case.link(step.link).consistency_delay
    return _back_off(record, error, delay)


def _back_off(record: Record, error: DisengageError, retry_after: float | None) -> None:
    now = record.workplace.now()
    clean = isinstance(error, RetryableError | CredentialsError)

    def change(case: Case, step: Step, work: Work) -> Case:
        if patience.gave_up(step, now):
            work.event("failed", step=step.id, outcome=error.message)
            return case.with_step(step.on(StepEvent.FAIL, outcome=str(error), wake_at=None))
        until = now + patience.back_off(step.failures + 1, retry_after)
        work.event("waits_for_platform", step=step.id, until=until.isoformat(), why=type(error).__name__)
        marked = _mark_after(record, step, clean=clean)
        return case.with_step(
            step.on(
                StepEvent.WAIT,
                wake_at=until,
                failures=step.failures + 1,
                outcome=error.message,
                acting_since=marked,
            )
        )

    record.change(change)


def _credentials(record: Record, error: CredentialsError) -> None:
    """Leave the whole connection alone for a while; the others go on.

    A grant that died is one client's: it stops nobody else on the connection.
    """
    if error.code == _DEAD_GRANT:
        _back_off(record, error, None)
        return
    until = _count_against_connection(record, error)

    def change(case: Case, step: Step, work: Work) -> Case:  # noqa: ARG001 -- the outage is recorded already
        mark = _mark_after(record, step)
        return case.with_step(step.on(StepEvent.WAIT, wake_at=until, outcome=error.message, acting_since=mark))

    record.change(change)


def _count_against_connection(record: Record, error: DisengageError) -> datetime:
    """Count a failure that says something of the platform as a whole; return until when it is left alone."""
    workplace, now = record.workplace, record.workplace.now()
    connection = record.case.link(record.link_id).connection
    at_once = isinstance(error, CredentialsError)
    outage, went_down = workplace.store.outages.failed(
        connection, now, error.message, lambda failures, since: patience.outage(failures, since, now, at_once=at_once)
    )
    if went_down:
        with workplace.store.change(record.case_id) as work:
            work.event("connection_is_down", connection=connection, until=outage.until.isoformat(), why=error.message)
        workplace.tell(work.events_written)
    return outage.until


def _refused(record: Record, error: RejectedError) -> None:
    def change(case: Case, step: Step, work: Work) -> Case:
        work.event("refused", step=step.id, outcome=error.message, status=error.status, code=error.code)
        finding = Finding(
            code=f"refused:{step.id}",
            severity=Severity.WARNING,
            connection=step.connection,
            message=error.message,
            remedy=error.remedy or f"Mend it on the platform, then 'disengage retry {case.id} {step.id}', or skip it.",
        )
        case = case.model_copy(update={"findings": (*case.findings, finding)})
        mark = _mark_after(record, step)
        return case.with_step(step.on(StepEvent.REFUSE, outcome=error.message, acting_since=mark, wake_at=None))

    record.change(change)


def _failed(record: Record, error: DisengageError) -> None:
    def change(case: Case, step: Step, work: Work) -> Case:
        if isinstance(error, UnexpectedResponseError) and error.sample:
            work.evidence(step.id, "receipt", detail={"unexpected": error.sample})
        work.event("failed", step=step.id, outcome=error.message)
        return case.with_step(step.on(StepEvent.FAIL, outcome=str(error), wake_at=None))

    record.change(change)
