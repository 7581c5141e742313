"""Destroy what no rule holds any more: two people approve exactly the same bags, and a certificate stays.

What is to be destroyed is written down, with everything the certificate says, in the transaction of the approval that
completes it. Only then are bags removed, then the certificate is kept, then both are recorded; whoever comes after a
crash begins where it was left, and removes nothing that was not written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from disengage.domain.case import Case
from disengage.domain.values import Frozen
from disengage.engine import destroyed
from disengage.engine.retention import BagRetention, CaseRetention, digest_of, examine, today
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, VaultError
from disengage.store import Destruction, Work
from disengage.store.disposal import DestructionApproval

log = structlog.get_logger("disengage.engine")

#: So many different people approve.
NEEDED = 2
#: The outbox address of a destruction that was begun.
DESTROY = "@destroy"
#: When another worker looks after one that was begun: whoever began it is usually done by then.
_LOOKED_AFTER = timedelta(seconds=10)
#: And one that the vault refused is tried again.
_TRIED_AGAIN = timedelta(days=1)


class Decision(Frozen):
    """What one person's approval came to.

    Attributes:
        bags: The bags that it is about.
        approvals: Everybody's approvals of exactly these.
        destroyed: What was destroyed; None while somebody else has to approve.
    """

    case: str
    bags_digest: str
    bags: tuple[BagRetention, ...]
    approvals: tuple[DestructionApproval, ...]
    destroyed: Destruction | None = None


def destroy(workplace: Workplace, case_id: str, by: str, bags_digest: str | None = None) -> Decision:
    """Approve the destruction of every bag of a case that no rule holds; the second person's approval carries it out.

    Args:
        workplace: The workplace.
        case_id: The case.
        by: Who approves.
        bags_digest: The bags that this person was shown, by their digest; None: whichever there are.

    Raises:
        BlockedError: The case is open or on hold, nothing of it may be destroyed yet, it is other bags by now than were
            shown, or this person approved already.
        InputError: There is no such case, or nobody was named.
        VaultError: The vault refused; what was approved stays approved.
    """
    who, case_id = somebody(by), workplace.store.case(case_id).id
    finish_begun(workplace, case_id)
    while True:
        found = examine(workplace, case_id)
        draft = _draft(workplace, found, who)
        decision = _decide(workplace, found, who, draft, bags_digest)
        if not _is_enough(decision.approvals):
            return decision
        begun = next(iter(workplace.store.disposal.destructions(case_id, unfinished=True)), None)
        if begun:
            return decision.model_copy(update={"destroyed": _finish(workplace, begun, fresh=True)})


def finish_begun(workplace: Workplace, case_id: str | None = None) -> None:
    """Finish whatever was begun and not finished, of one case or of all.

    Raises:
        VaultError: The vault refused; it stays begun.
    """
    for begun in workplace.store.disposal.destructions(case_id, unfinished=True):
        _finish(workplace, begun)


def look_after(workplace: Workplace, case_id: str) -> None:
    """Finish what was begun and not finished of a case; where the vault refuses, try again tomorrow."""
    try:
        finish_begun(workplace, case_id)
    except VaultError as error:
        log.warning("not_destroyed_yet", case=case_id, reason=error.message)
        workplace.store.wake_now(case_id, DESTROY, workplace.now() + _TRIED_AGAIN)


# --- approving ----------------------------------------------------------------------------------------------


def standing_approvals(workplace: Workplace, found: CaseRetention) -> tuple[DestructionApproval, ...]:
    """Return the approvals to destroy exactly what may be destroyed now; a hold that stood since made them void."""
    disposal = workplace.store.disposal
    lifted = [hold.released_at for hold in disposal.holds(found.id, standing=False) if hold.released_at]
    since = max(lifted, default=None)
    bags = found.destroyable(today(workplace))
    given = disposal.approvals(found.id, digest_of(bag.bag for bag in bags)) if bags else []
    return tuple(approval for approval in given if since is None or approval.at > since)


def _draft(workplace: Workplace, found: CaseRetention, who: str) -> dict[str, Any] | None:
    """Return the certificate of what is there, read from the vault, where this approval completes the decision."""
    approvals = standing_approvals(workplace, found)
    mine = () if _has_approved(approvals, who) else (DestructionApproval(by=who, at=workplace.now()),)
    if not _is_enough((*approvals, *mine)):
        return None
    return destroyed.drafted(workplace, found, found.destroyable(today(workplace)))


def _decide(
    workplace: Workplace, before: CaseRetention, who: str, draft: dict[str, Any] | None, shown: str | None
) -> Decision:
    """Record the approval and, where it completes the decision on what ``draft`` describes, what is destroyed."""
    now, disposal = workplace.now(), workplace.store.disposal
    with workplace.store.change(before.id) as work:
        found = examine(workplace, before.id)
        bags = _must_be_destroyable(workplace, work.case, found)
        bags_digest = digest_of(bag.bag for bag in bags)
        if shown not in (None, bags_digest):
            raise _other_bags(found)
        approvals = standing_approvals(workplace, found)
        if not _has_approved(approvals, who):
            approvals = (*approvals, _approve(workplace, work, bags_digest, bags, who, now, approvals))
        elif not _is_enough(approvals):
            raise _approved_already(found, who)
        if draft and draft["bags_digest"] == bags_digest and _is_enough(approvals):
            signed = destroyed.signed(draft, approvals, now)
            disposal.begin(found.id, now, bags_digest, {"certificate": signed})
            work.wake(DESTROY, now + _LOOKED_AFTER)
    workplace.tell(work.events_written)
    return Decision(case=found.id, bags_digest=bags_digest, bags=bags, approvals=approvals)


def _approve(
    workplace: Workplace,
    work: Work,
    bags_digest: str,
    bags: Sequence[BagRetention],
    who: str,
    now: datetime,
    before: Sequence[DestructionApproval],
) -> DestructionApproval:
    mine = DestructionApproval(by=who, at=now)
    workplace.store.disposal.approve(work.case.id, now, bags_digest, who)
    named = [{"bag": bag.bag.path, "digest": bag.bag.digest} for bag in bags]
    enough = _is_enough((*before, mine))
    work.event("destruction_approved", actor=who, bags_digest=bags_digest, bags=named, enough=enough)
    return mine


def _must_be_destroyable(workplace: Workplace, case: Case, found: CaseRetention) -> tuple[BagRetention, ...]:
    if not case.over:
        raise BlockedError(
            f"Nothing of the case {case.id} may be destroyed: it is {case.state}.",
            remedy="Bring the case to its end first.",
        )
    if found.holds:
        raise BlockedError(
            f"Nothing of the case {case.id} may be destroyed: a legal hold stands.",
            remedy=f"See it with 'disengage retention {case.id}', and lift it with 'disengage retention release'.",
        )
    bags = found.destroyable(today(workplace))
    if not bags:
        raise BlockedError(
            f"Nothing of the case {case.id} may be destroyed: {_why_not(found)}.",
            remedy=f"See the rules with 'disengage retention {case.id}'.",
        )
    return bags


def _why_not(found: CaseRetention) -> str:
    if not found.bags:
        return "nothing is kept of it"
    known = [bag.until for bag in found.bags if bag.until]
    return f"it is kept through {min(known)}" if known else "until when it must be kept is not known"


def _other_bags(found: CaseRetention) -> BlockedError:
    return BlockedError(
        f"What may be destroyed of the case {found.id} is not what you saw: it changed meanwhile.",
        remedy="Look at it again and approve that.",
    )


def _approved_already(found: CaseRetention, who: str) -> BlockedError:
    return BlockedError(
        f"{who} approved the destruction of what is kept of the case {found.id} already.",
        remedy=f"It needs {NEEDED} different people.",
    )


def _has_approved(approvals: Sequence[DestructionApproval], who: str) -> bool:
    return any(approval.by.casefold() == who.casefold() for approval in approvals)


def _is_enough(approvals: Sequence[DestructionApproval]) -> bool:
    return len({approval.by.casefold() for approval in approvals}) >= NEEDED


# --- carrying it out ----------------------------------------------------------------------------------------


def _finish(workplace: Workplace, begun: Destruction, *, fresh: bool = False) -> Destruction:
    """Remove the bags that are left, keep the certificate, and record both.

    Args:
        workplace: The workplace.
        begun: What was written down.
        fresh: It was written down just now; where the vault refuses the first bag, it is taken back.

    Raises:
        VaultError: The vault refused.
    """
    bags = begun.content["certificate"]["bags"]
    for bag in bags:
        try:
            destroyed.remove(workplace.vault, bag["bag"])
        except VaultError:
            if fresh and bag is bags[0] and destroyed.is_untouched(workplace.vault, bag):
                workplace.store.disposal.withdraw(begun)
            raise
    kept = destroyed.keep(workplace.vault, begun)
    return _record(workplace, begun, kept)


def _record(workplace: Workplace, begun: Destruction, kept: dict[str, str]) -> Destruction:
    now, disposal, written = workplace.now(), workplace.store.disposal, begun.content["certificate"]
    content = {**begun.content, "kept_as": kept}
    with workplace.store.change(begun.case) as work:
        still = [found for found in disposal.destructions(begun.case, unfinished=True) if found.id == begun.id]
        if still:  # otherwise another process was quicker
            disposal.finish(begun, now, content)
            work.evidence(destroyed.STEP, "file", detail=kept)
            work.event(
                "destroyed",
                bags_digest=begun.bags_digest,
                bags=[destroyed.in_numbers(bag) for bag in written["bags"]],
                approvals=len(written["approved_by"]),
                rules=sorted(rule["id"] for rule in written["rules"]),
                certificate=kept["bag"],
                certificate_digest=kept["digest"],
            )
    workplace.tell(work.events_written)
    return begun.model_copy(update={"finished_at": now, "content": content})
