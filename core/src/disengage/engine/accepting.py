"""Accept in writing what is wrong with a kept history: the firm may have nothing better, and says so."""

from __future__ import annotations

from disengage.domain.case import Case
from disengage.domain.complaints import nearest
from disengage.domain.findings import Finding, Severity
from disengage.domain.values import digest
from disengage.engine.completeness import GAP, WRONG
from disengage.engine.keeping import keep, wake_everything
from disengage.engine.steering import still_going
from disengage.engine.who import reason_given, somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, InputError, LifecycleError

#: Findings that a person may accept, by how their codes begin; every other one has to be cleared.
ACCEPTABLE = (WRONG, GAP)


def accept(workplace: Workplace, case_id: str, code: str, by: str, reason: str) -> Case:
    """Turn every finding of one code into a warning that a person answers for; it stays until a new copy replaces it.

    Raises:
        InputError: No name or reason was given, or the case has no such finding.
        BlockedError: It is a finding that nobody may accept.
        LifecycleError: It was accepted already, or the case is over.
    """
    now, who, why = workplace.now(), somebody(by), reason_given(reason)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        still_going(case)
        _refuse_unacceptable(case, code)
        step = code.partition(":")[2]
        accepted = tuple(f for f in case.findings if f.code == code)
        said = {"accepted": code, "reason": why, "findings": [finding.message for finding in accepted]}
        work.evidence(step, "statement", by=who, detail=said)
        work.event("finding_accepted", actor=who, step=step, code=code, reason_digest=digest(why))
        findings = tuple(_accepted(f, who) if f.code == code else f for f in case.findings)
        keep(work, case.model_copy(update={"findings": findings}), now)
        wake_everything(work, now)
    workplace.tell(work.events_written)
    return work.case


def may_be_accepted(finding: Finding) -> bool:
    """Return whether a person may accept this finding, and nobody has yet."""
    return finding.code.startswith(ACCEPTABLE) and not finding.accepted_by


def _refuse_unacceptable(case: Case, code: str) -> None:
    there = [finding for finding in case.findings if finding.code == code]
    open_ones = sorted({finding.code for finding in case.findings if may_be_accepted(finding)})
    if not there:
        raise InputError(
            f"The case {case.id} has no finding '{code}'.{nearest(code, [f.code for f in case.findings])}",
            remedy=f"What can be accepted: {', '.join(open_ones) or 'nothing'}.",
        )
    if not code.startswith(ACCEPTABLE):
        raise BlockedError(
            f"The finding {code} cannot be accepted: only what is wrong with a copy of the history can, or is missing.",
            remedy=there[0].remedy or "Clear it; see 'disengage show'.",
        )
    if code not in open_ones:
        raise LifecycleError(
            f"The finding {code} was accepted by {there[0].accepted_by} already.",
            remedy="Nothing is left to do about it.",
        )


def _accepted(finding: Finding, who: str) -> Finding:
    message = f"{finding.message} Accepted in writing by {who}."
    update = {"severity": Severity.WARNING, "message": message, "remedy": "", "accepted_by": who}
    return finding.model_copy(update=update)
