"""The page of one case: what it shows, and how it answers what people do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from disengage.domain import gate
from disengage.domain.case import Case, CaseLink, Step, Task, TaskState
from disengage.domain.findings import Severity
from disengage.domain.lifecycle import CaseState
from disengage.domain.rights import Right
from disengage.engine import approving, moving, steering
from disengage.engine.accepting import may_be_accepted
from disengage.errors import DisengageError, InputError, LifecycleError
from disengage.store import EventRecord
from disengage.web import chronicle
from disengage.web.known import case_of
from disengage.web.outlook import outlook
from disengage.web.troubles import status_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

#: So many pieces of evidence are shown where not all are asked for.
NEWEST = chronicle.NEWEST
#: What only remedies hold that name a command.
_COMMANDS = ("'disengage ", "--")
#: What was typed into a form of this page, and is shown again where the form was not taken.
_TYPED = ("reason", "to")


@dataclass(frozen=True)
class Lane:
    """One link with its steps.

    Attributes:
        tasks: The open task of a step, by its id.
    """

    link: CaseLink
    steps: tuple[Step, ...]
    tasks: dict[str, Task]


@dataclass(frozen=True)
class Gate:
    """The gate that some connections pass together.

    Attributes:
        opened: When it opened; None: it is shut.
        because: Why it is shut, in English.
        behind: How many steps wait behind it still.
    """

    connections: tuple[str, ...]
    opened: datetime | None
    because: tuple[str, ...]
    behind: int


@dataclass(frozen=True)
class May:
    """What the visitor may do to the case as it stands; the steps are asked one by one.

    Attributes:
        approve: Approve the plan.
        why_not: Why an approver may not; empty: there is nothing to approve, or it is not theirs to do.
        steer: Retry, skip, move, accept.
        cancel: Call the case off.
    """

    approve: bool
    why_not: str
    steer: bool
    cancel: bool

    def retry(self, case: Case, step: Step) -> bool:
        """Return whether the step may be tried again."""
        return self.steer and steering.may_be_retried(case, step)

    def skip(self, step: Step) -> bool:
        """Return whether the step may be left out."""
        return self.steer and self.cancel and steering.may_be_skipped(step)

    def move(self, case: Case, step: Step) -> bool:
        """Return whether the date of the step may be changed."""
        return self.steer and self.cancel and step.due is not None and moving.may_be_moved(case, step)


class FilledInWrongError(InputError):
    """A form was filled in wrongly; message and remedy are in the visitor's language."""


def answered(visit: Visit, do: Callable[[str], object], told: str) -> Response:
    """Do something to the case that the address names, and show it; or show it with what stands in the way.

    Args:
        visit: Who does it.
        do: What to do, given the case's id.
        told: What the page then says.

    Raises:
        NotThereError: There is no such case.
    """
    case = case_of(visit)
    try:
        do(case.id)
    except (InputError, LifecycleError) as error:
        return page(visit, status_of(error), trouble=error)
    return visit.go(f"/cases/{case.id}", told)


def page(visit: Visit, status: int = 200, trouble: DisengageError | None = None) -> Response:
    """Return the page of the case that the address names.

    Args:
        visit: Who looks at it.
        status: Its HTTP status.
        trouble: Why what was asked for was not done.
    """
    seen = visit.workplace.store.last_event()
    case = case_of(visit)
    events = visit.workplace.store.events(case.id)
    typed = [text for name in _TYPED if trouble and (text := visit.form.text(name))]
    stream = "" if trouble else f"/cases/{case.id}/events?seen={seen}"
    shown = {"case": case, "typed": typed, "stream": stream, "outlook": outlook(visit, case)}
    why = {"trouble": trouble, "remedy": _remedy(trouble), "ours": isinstance(trouble, FilledInWrongError)}
    return visit.page(
        "case.html", status, **shown, **why, **_of_plan(visit, case, events), **_of_record(visit, case, events)
    )


def _remedy(trouble: DisengageError | None) -> str:
    """Return what to do about it, unless that is said to people at a command line."""
    remedy = trouble.remedy if trouble else ""
    return "" if any(word in remedy for word in _COMMANDS) else remedy


# --- the plan


def _of_plan(visit: Visit, case: Case, events: list[EventRecord]) -> dict[str, Any]:
    order = list(Severity)
    return {
        "may": _may(visit, case),
        "standing": [a for a in case.approvals if a.plan_hash == case.plan_hash],
        "changed": () if case.fresh else chronicle.changed(events),
        "findings": sorted(case.findings, key=lambda finding: order.index(finding.severity)),
        "acceptable": {f.code for f in case.findings if may_be_accepted(f)},
        "gates": list(_gates(case, visit.workplace.now())),
        "lanes": _lanes(case),
        "ended": chronicle.ended(events),
    }


def _may(visit: Visit, case: Case) -> May:
    operates, me = visit.may(Right.OPERATE), visit.person.name
    approve = visit.may(Right.APPROVE) and approving.may_approve(case, me)
    wanted = not (case.over or case.approved or case.blockers)
    return May(
        approve=approve,
        why_not=_why_not(visit, case) if wanted and visit.may(Right.APPROVE) and not approve else "",
        steer=operates and case.state is not CaseState.CANCELLED,
        cancel=operates and not case.over,
    )


def _why_not(visit: Visit, case: Case) -> str:
    """Return why this very approver has to leave it to somebody else."""
    given = {a.by.casefold() for a in case.approvals if a.plan_hash == case.plan_hash}
    if visit.person.name.casefold() in given:
        return visit.say("You approved this plan; somebody else has to approve it as well.")
    return visit.say("You asked for this; the last approval is for somebody else to give.")


def _lanes(case: Case) -> list[Lane]:
    tasks = {task.step: task for task in case.tasks if task.state is TaskState.OPEN}
    steps = [(link, case.steps_of(link.id)) for link in case.links]
    return [Lane(link, own, {step.id: tasks[step.id] for step in own if step.id in tasks}) for link, own in steps]


def _gates(case: Case, now: datetime) -> Iterator[Gate]:
    """Yield every gate that something of the case still has to pass."""
    told: set[tuple[str, ...]] = set()
    for connection in dict.fromkeys(step.connection for step in case.steps if step.gated and not step.finished):
        group = gate.behind(case, connection)
        if group in told:
            continue
        told.add(group)
        is_open = gate.is_open(case, connection, now)
        yield Gate(
            connections=group,
            opened=case.gate_opened[connection] if is_open else None,
            because=() if is_open else gate.shut_because(case, connection),
            behind=sum(s.gated and not s.finished and s.connection in group for s in case.steps),
        )


# --- the record


def _of_record(visit: Visit, case: Case, events: list[EventRecord]) -> dict[str, Any]:
    everything = visit.query.get("show") == "all"
    evidence = visit.workplace.store.evidence(case.id)
    newest = None if everything else -NEWEST
    return {
        "happened": chronicle.told(visit, case, events[newest:] if newest else events),
        "evidence": [(row, _said(row.detail)) for row in reversed(evidence[newest:] if newest else evidence)],
        "left_out": 0 if everything else max(len(events), len(evidence), NEWEST) - NEWEST,
        "steps": {step.id: step for step in case.steps},
    }


def _said(detail: dict[str, Any]) -> str:
    """Return the words of whoever made a statement, or of the platform that gave a receipt."""
    keys = ("reason", "why", "note", "declined", "cancelled", "receipt")
    return next((str(detail[key]) for key in keys if detail.get(key)), "")
