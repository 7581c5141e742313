"""What the digest says of retention: numbers, on the day something became due, and while personal data must go."""

from __future__ import annotations

from datetime import date

import structlog

from disengage.domain.retention import Deletion
from disengage.domain.terms import DAY
from disengage.engine.retention import CaseRetention, due
from disengage.errors import ConfigurationError
from disengage.settings import Settings
from disengage.store import Store

log = structlog.get_logger("disengage.engine")


def counts(settings: Settings, store: Store, today: date, since: date | None) -> dict[str, int]:
    """Return of how many cases something may be destroyed, and of how many identity data must be deleted.

    Args:
        settings: The configuration.
        store: The store.
        today: The firm's date.
        since: When it was told last; None: never.

    Returns:
        Nothing where no personal data must go and nothing became due since then.
    """
    try:
        found = due(settings, store, today)
    except ConfigurationError as error:
        log.warning("retention_not_told", reason=error.message)
        return {}
    must = [case for case in found.must_be_deleted if _must_go(case, today)]
    new = [case for case in found.may_be_destroyed if since is None or _since(case, today) > since]
    if not (must or new):
        return {}
    return {"may_be_destroyed": len(found.may_be_destroyed), "must_be_deleted": len(must)}


def _must_go(case: CaseRetention, today: date) -> bool:
    """Return whether personal data must go that neither a rule nor a hold keeps."""
    return not case.holds and any(_nothing_holds(deletion, today) for deletion in case.overdue(today))


def _nothing_holds(deletion: Deletion, today: date) -> bool:
    held = deletion.held_by
    return held is None or held.until is None or held.until < today


def _since(case: CaseRetention, today: date) -> date:
    """Return the day on which the last of its bags came to the end of its retention."""
    return max(bag.until + DAY for bag in case.destroyable(today) if bag.until)
