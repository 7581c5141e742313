"""What an address names, which must be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.errors import NotThereError

if TYPE_CHECKING:
    from disengage.domain.case import Case
    from disengage.web.visit import Visit


def case_of(visit: Visit) -> Case:
    """Return the case that the address names by its whole id.

    Raises:
        NotThereError: There is none.
    """
    case_id, store = visit.path["case"], visit.workplace.store
    if not store.has(case_id):
        raise NotThereError(visit.say("There is no such case."), remedy=visit.say("Find it among the cases."))
    return store.case(case_id)
