"""What lies on people's desks: the tasks, plans and cases of the whole firm that somebody has to see to.

However many tasks there are, only those of one page are unsealed, and of their cases only the client's name.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from disengage.domain.calendar import business_days_until
from disengage.domain.case import Case, Task
from disengage.domain.values import Frozen
from disengage.engine.approving import may_approve
from disengage.engine.digest import Office
from disengage.engine.workplace import Workplace

#: So many tasks are on one page.
PAGE = 100
#: Among so many times more plans than are asked for those are looked for that somebody may approve.
_AMONG = 4


class Urgency(StrEnum):
    """When a task is due, seen from today where the firm is."""

    OVERDUE = "overdue"
    TODAY = "today"
    THIS_WEEK = "this_week"
    LATER = "later"


class OnDesk(Frozen):
    """One open task.

    Attributes:
        case: The id of its case.
        client: The client's name.
        days: Business days until it is due, fewer than none where that is over; None: it has no deadline.
    """

    case: str
    client: str
    task: Task
    urgency: Urgency
    days: int | None


class Pile(Frozen):
    """One page of the open tasks, the most urgent first.

    Attributes:
        counts: How many there are of each urgency, on all pages.
        page: Which page this is, from 1.
        pages: How many there are; at least 1.
    """

    tasks: tuple[OnDesk, ...]
    counts: dict[Urgency, int]
    page: int
    pages: int

    @property
    def number(self) -> int:
        """How many tasks are open."""
        return sum(self.counts.values())

    def of(self, urgency: Urgency) -> tuple[OnDesk, ...]:
        """Return those of this page that are so urgent."""
        return tuple(found for found in self.tasks if found.urgency is urgency)


def pile(workplace: Workplace, page: int = 1) -> Pile:
    """Return one page of the open tasks; the last one where there are not so many."""
    agenda, today = workplace.store.agenda, office(workplace).today(workplace.now())
    counts = dict.fromkeys(Urgency, 0)
    for due, number in agenda.open_by_deadline().items():
        counts[_urgency(due, today)] += number
    pages = max(1, -(-sum(counts.values()) // PAGE))
    page = min(max(page, 1), pages)
    found = agenda.open_tasks(PAGE, (page - 1) * PAGE)
    clients = agenda.clients(list({case_id for case_id, _ in found}))
    left = _business_days(workplace, today, {task.due for _, task in found if task.due})
    tasks = tuple(
        OnDesk(
            case=case_id,
            client=clients[case_id],
            task=task,
            urgency=_urgency(task.due, today),
            days=left[task.due] if task.due else None,
        )
        for case_id, task in found
    )
    return Pile(tasks=tasks, counts=counts, page=page, pages=pages)


class ToApprove(Frozen):
    """A plan that waits for somebody's approval.

    Attributes:
        given: Who approved it already.
        needed: How many have to.
        again: It was approved, and the platforms have changed since.
    """

    case: str
    client: str
    ends_on: date
    asked_by: str
    given: tuple[str, ...]
    needed: int
    again: bool


def to_approve(workplace: Workplace, who: str, most: int) -> list[ToApprove]:
    """Return the plans that this person may approve next, oldest first."""
    found = workplace.store.agenda.to_approve(most * _AMONG)
    return [_to_approve(case) for case in found if may_approve(case, who)][:most]


def _to_approve(case: Case) -> ToApprove:
    return ToApprove(
        case=case.id,
        client=case.request.client.name,
        ends_on=case.request.ending.ends_on,
        asked_by=case.asked_by,
        given=tuple(approval.by for approval in case.approvals if approval.plan_hash == case.plan_hash),
        needed=case.needed,
        again=not case.fresh,
    )


def office(workplace: Workplace) -> Office:
    """Return the firm's hours."""
    return Office(workplace.settings.firm, workplace.settings.policy)


def business_days_left(workplace: Workplace, due: date) -> int:
    """Return how many business days are left until ``due``, fewer than none where that is over."""
    today = office(workplace).today(workplace.now())
    return business_days_until(today, due, workplace.settings.firm.country)


def _business_days(workplace: Workplace, today: date, days: set[date]) -> dict[date, int]:
    country = workplace.settings.firm.country
    return {due: business_days_until(today, due, country) for due in days}


def _urgency(due: date | None, today: date) -> Urgency:
    """Weeks end on Sundays; what has no deadline is urgent last."""
    if due is None:
        return Urgency.LATER
    if due <= today:
        return Urgency.OVERDUE if due < today else Urgency.TODAY
    return Urgency.THIS_WEEK if due <= today + timedelta(days=6 - today.weekday()) else Urgency.LATER
