"""What happens next in a case, in one sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from disengage.domain.case import Case, TaskState
from disengage.domain.lifecycle import STUCK, CaseState, StepState, WaitsFor

if TYPE_CHECKING:
    from disengage.web.visit import Visit


def outlook(visit: Visit, case: Case) -> str:
    """Return what happens next: the first that somebody has to see to, or else what it waits for."""
    for told in (_over, _before_it_runs, _for_people, _by_itself):
        sentence = told(visit, case)
        if sentence:
            return sentence
    return visit.say("It goes on by itself.")


def _over(visit: Visit, case: Case) -> str:
    if case.state is CaseState.CANCELLED:
        return visit.say("It was called off; nothing more happens. What was done before stays done.")
    if case.state is not CaseState.CLOSED:
        return ""
    until = case.closed_at + timedelta(days=case.watch_days) if case.closed_at else None
    if until is None or until <= visit.workplace.now():
        return visit.say("Every step is finished.")
    return visit.say(
        "Every step is finished. The platforms are looked at again until %(day)s.", day=visit.wording.day(until.date())
    )


def _before_it_runs(visit: Visit, case: Case) -> str:
    blockers = len(case.blockers)
    if blockers:
        return visit.wording.ngettext(
            "A blocker is open; see the findings.", "%(number)s blockers are open; see the findings.", blockers
        ) % {"number": blockers}
    if case.approved:
        return ""
    if not case.fresh:
        return visit.say("The platforms changed since the plan was approved. Read what changed, and approve it again.")
    left = case.needed - len({a.by.casefold() for a in case.approvals if a.plan_hash == case.plan_hash})
    return visit.wording.ngettext(
        "Somebody has to approve the plan.", "%(number)s people have to approve the plan.", left
    ) % {"number": left}


def _for_people(visit: Visit, case: Case) -> str:
    stuck = sum(step.state in STUCK for step in case.steps)
    if stuck:
        return visit.wording.ngettext(
            "A step could not be done. Decide what becomes of it.",
            "%(number)s steps could not be done. Decide what becomes of them.",
            stuck,
        ) % {"number": stuck}
    waiting = sum(task.state is TaskState.OPEN for task in case.tasks)
    if not waiting:
        return ""
    return visit.wording.ngettext("A task waits for a person.", "%(number)s tasks wait for people.", waiting) % {
        "number": waiting
    }


def _by_itself(visit: Visit, case: Case) -> str:
    if any(step.state is StepState.RUNNING for step in case.steps):
        return visit.say("A step is being done at this moment.")
    moments = [s.wake_at for s in case.steps if s.waits_for is WaitsFor.PLATFORM and s.wake_at]
    if moments:
        return visit.say("A platform is asked again at %(moment)s.", moment=visit.wording.moment(min(moments)))
    if any(step.waits_for is WaitsFor.GATE for step in case.steps):
        return visit.say("Steps wait at the gate; below stands why it is shut.")
    dates = [step.due for step in case.steps if step.waits_for is WaitsFor.DATE and step.due]
    return visit.say("Nothing is to be done before %(day)s.", day=visit.wording.day(min(dates))) if dates else ""
