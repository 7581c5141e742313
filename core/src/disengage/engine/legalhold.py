"""Legal holds: while one stands, nothing of its case is destroyed, whatever the rules say."""

from __future__ import annotations

from disengage.domain.values import digest
from disengage.engine.who import reason_given, somebody
from disengage.engine.workplace import Workplace
from disengage.errors import InputError, LifecycleError
from disengage.store import LegalHold


def hold(workplace: Workplace, case_id: str, by: str, reason: str) -> tuple[LegalHold, ...]:
    """Put a case on hold, and return every hold that stands on it. What was approved to be destroyed is so no more.

    Raises:
        InputError: There is no such case, or nobody or no reason was named.
        LifecycleError: What the case kept is being destroyed already.
    """
    who, why = somebody(by), reason_given(reason)
    disposal = workplace.store.disposal
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        case = work.case
        if disposal.destructions(case.id, unfinished=True):
            raise LifecycleError(
                f"The case {case.id} cannot be put on hold: what two people approved is being destroyed already.",
                remedy=f"See what is left of it with 'disengage retention {case.id}'.",
            )
        disposal.place_hold(case.id, workplace.now(), who, why)
        work.event("retention_hold", actor=who, reason_digest=digest(why))
    workplace.tell(work.events_written)
    return tuple(disposal.holds(case.id))


def release(
    workplace: Workplace, case_id: str, by: str, reason: str, number: int | None = None
) -> tuple[LegalHold, ...]:
    """Lift a hold, and return those that still stand.

    Args:
        workplace: The workplace.
        case_id: The case.
        by: Who lifts it.
        reason: Why.
        number: Which one, where several stand.

    Raises:
        InputError: There is no such case or hold, or it is not clear which is meant.
        LifecycleError: The case is not on hold.
    """
    who, why = somebody(by), reason_given(reason)
    disposal = workplace.store.disposal
    with workplace.store.change(workplace.store.case(case_id).id) as work:
        chosen = _chosen(work.case.id, disposal.holds(work.case.id), number)
        disposal.release(chosen, workplace.now(), who, why)
        work.event("retention_released", actor=who, reason_digest=digest(why))
    workplace.tell(work.events_written)
    return tuple(disposal.holds(work.case.id))


def _chosen(case_id: str, standing: list[LegalHold], number: int | None) -> LegalHold:
    if not standing:
        raise LifecycleError(
            f"The case {case_id} is not on hold.", remedy=f"See what holds with 'disengage retention {case_id}'."
        )
    numbers = ", ".join(str(found.id) for found in standing)
    if number is None and len(standing) > 1:
        raise InputError(
            f"The case {case_id} has more than one hold: {numbers}.", remedy="Say which with --number NUMBER."
        )
    for found in standing:
        if number in (None, found.id):
            return found
    raise InputError(f"The case {case_id} has no hold {number}.", remedy=f"Those that stand are: {numbers}.")
