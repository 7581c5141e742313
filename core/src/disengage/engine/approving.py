"""Approving exactly the plan that stands; where it takes several people, they are different ones."""

from __future__ import annotations

from disengage.domain.case import Approval, Case
from disengage.engine.keeping import REVIEW, keep
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, LifecycleError


def approve(workplace: Workplace, case_id: str, by: str, plan_hash: str | None = None) -> Case:
    """Approve exactly the plan that stands, or the one named by ``plan_hash`` if that is the same.

    Raises:
        BlockedError: A blocker is open, the plan is another one by now, or this person approved already, or asked for
            it and would be the last of several.
    """
    now, who = workplace.now(), somebody(by)
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        _may_be_approved(case, who, plan_hash)
        approval = Approval(by=who, at=now, plan_hash=case.plan_hash)
        standing = tuple(a for a in case.approvals if a.plan_hash == case.plan_hash)
        case = case.model_copy(update={"approvals": (*standing, approval), "fresh": True})
        work.event("approved", actor=who, plan_hash=case.plan_hash, enough=case.approved)
        keep(work, case, now)
        if case.approved:
            work.wake(REVIEW, now)
    workplace.tell(work.events_written)
    return work.case


def may_approve(case: Case, who: str) -> bool:
    """Return whether this person may be the next to approve the plan that stands."""
    try:
        _may_be_approved(case, who, None)
    except LifecycleError:
        return False
    return not case.approved


def _may_be_approved(case: Case, who: str, plan_hash: str | None) -> None:
    if case.over:
        raise LifecycleError(
            f"The case {case.id} is {case.state}; there is nothing to approve.",
            remedy="See what was done with 'disengage show'.",
        )
    if case.blockers:
        raise BlockedError(
            f"The case {case.id} cannot be approved: {len(case.blockers)} blocker(s) are open "
            f"({', '.join(f.code for f in case.blockers)}).",
            remedy="Clear them (see 'disengage show'), then plan again.",
        )
    if plan_hash is not None and plan_hash.removeprefix("sha256:") != case.plan_hash.removeprefix("sha256:"):
        raise BlockedError(
            f"The plan of case {case.id} is not the one you saw: it is {case.plan_hash} now.",
            remedy="Look at it with 'disengage show' and approve that one.",
        )
    _four_eyes(case, who)


def _four_eyes(case: Case, who: str) -> None:
    """Let pass who did not approve this plan yet; the last of several approvals is not for whoever asked."""
    given = {a.by.casefold() for a in case.approvals if a.plan_hash == case.plan_hash}
    if who.casefold() in given:
        raise BlockedError(
            f"{who} approved this plan already.",
            remedy=f"It needs {case.needed} different people." if case.needed > 1 else "It needs no further approval.",
        )
    if who.casefold() == case.asked_by.casefold() and case.needed > 1 and len(given) + 1 >= case.needed:
        raise BlockedError(
            f"{who} asked for this case and cannot give the last approval of its plan.",
            remedy=f"It needs {case.needed} different people; have somebody else approve it.",
        )
