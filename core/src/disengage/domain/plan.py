"""The plan: ordered steps with their effects, hashed; made from what the connectors propose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.difference import Comparison, Difference, compare, diff
from disengage.domain.effects import Effect
from disengage.domain.evidence import Proof
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepState
from disengage.domain.order import in_order, predecessors
from disengage.domain.proposal import Proposal, StepProposal
from disengage.domain.request import Request
from disengage.domain.state import COMPARED
from disengage.domain.values import digest
from disengage.domain.verbs import Mode, Verb
from disengage.errors import PluginError

#: What a step says whose difference was empty when the plan was made.
ALREADY_SO = "already so when the plan was made"
_NO_ACCESS_LEFT = "the link is already cut; what was not copied before cannot be copied by hand now"


#: What a step takes from its proposal as it is.
_CARRIED = {
    "verb", "part", "mode", "reason", "effects", "moves", "date_option", "holds_gate", "through_support", "lasting",
    "last_on_connection",
}  # fmt: skip


def steps_for(link: CaseLink, proposal: Proposal, request: Request) -> tuple[Step, ...]:
    """Return the steps of one link, ordered, dated, and with what each is to change.

    Raises:
        PluginError: The proposal's steps contradict each other, or move what is no field of ``LinkState``.
    """
    edges = predecessors(proposal.steps)
    for step in proposal.steps:
        for field in step.moves:
            if field not in COMPARED:
                raise PluginError(f"The step '{step.key}' moves '{field}', which cannot be compared.")
    return tuple(_step(link, p, edges[p.key], request) for p in in_order(proposal.steps))


def step_id(link_id: str, verb: Verb, part: str) -> str:
    """Return the step's id: link, verb and part, joined by dots."""
    return ".".join(filter(None, (link_id, str(verb), part)))


def _step(link: CaseLink, proposal: StepProposal, before: tuple[str, ...], request: Request) -> Step:
    step = Step(
        id=step_id(link.id, proposal.verb, proposal.part),
        link=link.id,
        connection=link.connection,
        **proposal.model_dump(include=_CARRIED),
        after=tuple(step_id(link.id, Verb(v), p) for v, _, p in (key.partition(":") for key in before)),
        due=proposal.not_before or _due_by_rule(proposal, request),
        deadline=proposal.deadline,
        gated=proposal.gated,
        changes=_changes(link, proposal.moves),
    )
    return _already(link, step)


def _changes(link: CaseLink, moves: Iterable[str]) -> tuple[Difference, ...]:
    return diff(link.observed, link.wanted, moves)


def _due_by_rule(proposal: StepProposal, request: Request) -> date | None:
    """Return the day after ``ends_on``, since the firm answers until then; handing over waits for nobody."""
    if proposal.verb is Verb.TRANSFER_ADMIN:
        return None
    return request.ending.ends_on + timedelta(days=1)


def _already(link: CaseLink, step: Step) -> Step:
    """Take out of the plan what is not needed, or is so already."""
    if step.mode is Mode.NOT_NEEDED:
        return step.model_copy(update={"state": StepState.SKIPPED, "outcome": step.reason, "changes": (), "due": None})
    if compare(link.observed, link.wanted, step.moves) is Comparison.SAME:
        done = {
            "mode": Mode.NOT_NEEDED,
            "state": StepState.DONE,
            "proof": Proof.VERIFIED,
            "outcome": ALREADY_SO,
        }
        return step.model_copy(update={**done, "reason": ALREADY_SO, "due": None})
    by_hand_copy = step.verb is Verb.RETAIN_HISTORY and step.mode is Mode.BY_HAND
    if by_hand_copy and link.observed.linked is False and step.holds_gate:
        gone = {"mode": Mode.NOT_NEEDED, "state": StepState.SKIPPED, "outcome": _NO_ACCESS_LEFT, "due": None}
        return step.model_copy(update={**gone, "reason": _NO_ACCESS_LEFT})
    return step


def across_links(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Let a step that is the last on its connection wait for every step of the connection's other links."""
    steps = tuple(steps)

    def before(last: Step) -> tuple[str, ...]:
        others = (s for s in steps if s.connection == last.connection and s.link != last.link)
        return tuple(dict.fromkeys((*last.after, *(s.id for s in others if not s.last_on_connection))))

    return tuple(s.model_copy(update={"after": before(s)}) if s.last_on_connection else s for s in steps)


def plan_json(request: Request, links: Iterable[CaseLink], steps: Iterable[Step]) -> dict[str, Any]:
    """Return what is approved: everything that will be done, and nothing that changes by itself."""
    return {
        "request": request.digest,
        "links": [
            {
                "id": k.id,
                "connector": k.connector,
                "ref": k.link.ref,
                "wanted": {field: goal for field, goal in k.wanted.model_dump(mode="json").items() if goal is not None},
            }
            for k in links
        ],
        "steps": [
            {
                **s.model_dump(mode="json", include={"id", "mode", "effects", "after", "due"}),
                "targets": sorted(list(change.target) for change in s.changes),
            }
            for s in steps
        ],
    }


def plan_hash(request: Request, links: Iterable[CaseLink], steps: Iterable[Step]) -> str:
    """Return the hash by which the plan is approved; the same in every process and Python version."""
    return digest(plan_json(request, links, steps))


def approvals_needed(steps: Iterable[Step], *, usual: int, when_data_is_destroyed: int) -> int:
    """Return how many different people must approve the whole case."""
    destroys = any(Effect.DESTROYS_DATA in s.effects for s in steps if s.mode is not Mode.NOT_NEEDED)
    return max(usual, when_data_is_destroyed) if destroys else usual


def drift(case: Case, link: CaseLink, fresh: Iterable[Step]) -> tuple[Finding, ...]:
    """Return what the approved plan does not cover, now that the platform was observed again.

    A step that became unnecessary drops out, and what the case itself changed is no drift.

    Args:
        case: With the plan as approved.
        link: The link as observed now.
        fresh: The steps that would be planned now.
    """
    approved = {step.id: step for step in case.steps}
    found = [message for step in fresh if (message := _not_covered(approved.get(step.id), step))]
    return tuple(
        Finding(
            code="plan_stale",
            severity=Severity.WARNING,
            connection=link.connection,
            message=message,
            remedy="Look at the new plan with 'disengage show' and approve it, or cancel the case.",
        )
        for message in found
    )


def _not_covered(approved: Step | None, fresh: Step) -> str:
    if fresh.mode is Mode.NOT_NEEDED or (approved and approved.finished and approved.mode is not Mode.NOT_NEEDED):
        return ""
    if approved is None or approved.mode is Mode.NOT_NEEDED:
        return f"{fresh.id} is needed now and was not in the approved plan"
    if approved.mode is Mode.BY_HAND and fresh.mode is Mode.AUTOMATIC and not approved.attempts:
        return f"{fresh.id} would be automatic now and was approved as work by hand"
    more = sorted(set(fresh.effects) - set(approved.effects))
    if more:
        return f"{fresh.id} would now also have the effect {', '.join(more)}"
    return _new_target(approved, fresh)


def _new_target(approved: Step, fresh: Step) -> str:
    unknown = {change.field for change in approved.changes if not change.known}
    covered = {change.target for change in approved.changes}
    new = [c for c in fresh.changes if c.known and c.target not in covered and c.field not in unknown]
    if not new or approved.attempts:
        return ""
    return f"{fresh.id} would now also change {new[0].field.replace('_', ' ')}"
