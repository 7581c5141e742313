"""Open a case per request: survey, plan, keep. Changes nothing on any platform."""

from __future__ import annotations

from collections.abc import Mapping

from disengage.domain.case import Case
from disengage.domain.plan import across_links, approvals_needed, drift, plan_hash
from disengage.domain.progress import settle
from disengage.domain.request import Request
from disengage.engine.survey import Survey, survey
from disengage.engine.view import case_json
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError
from disengage.store import Work

#: Who acts where nobody is known by name.
OURS = "disengage"


def plan(workplace: Workplace, request: Request, by: str = "") -> Case:
    """Return the case of ``request``, planned (again, as long as nothing was carried out).

    Args:
        workplace: The workplace.
        request: What is asked.
        by: Who asks, and so will not give the last of several approvals; empty: nobody who is known by name.

    Raises:
        BlockedError: The case is under way and the request differs from the one that was approved.
        InputError: The request cannot be used.
        ConfigurationError: A connection cannot be used.
    """
    case_id, who = workplace.store.case_id_for(request), somebody(by) if by else ""
    if not workplace.store.has(case_id):
        return _open(workplace, planned(workplace, case_id, request).model_copy(update={"asked_by": who}))
    standing = workplace.store.case(case_id)
    if standing.begun or standing.cancelled:
        return _as_it_stands(standing, request)
    moved = standing.moved if standing.request.digest == request.digest else {}
    return _again(workplace, planned(workplace, case_id, request, moved), who)


def planned(
    workplace: Workplace, case_id: str, request: Request, moved: Mapping[str, dict[str, str]] | None = None
) -> Case:
    """Return the case that a survey of ``request`` gives, not yet kept; ``moved`` as in ``Case``."""
    asked = Case(id=case_id, request=request, moved=dict(moved or {}))
    case = case_from(workplace, asked, survey(workplace, asked.effective))
    reviews = workplace.registry.review_plan(case_json(case))
    return settle(case.model_copy(update={"findings": (*case.findings, *reviews)}), workplace.now()).case


def case_from(workplace: Workplace, case: Case, found: Survey) -> Case:
    """Return ``case`` with the plan that ``found`` leads to, without approvals."""
    policy, steps = workplace.settings.policy, across_links(found.steps)
    needed = approvals_needed(
        steps, usual=policy.approvals, when_data_is_destroyed=policy.approvals_when_data_is_destroyed
    )
    update = {
        "links": found.links,
        "steps": steps,
        "findings": found.findings,
        "plan_hash": plan_hash(case.effective, found.links, steps),
        "needed": needed,
        "approvals": (),
        "policy_gate": policy.gate,
        "watch_days": policy.watch_days,
        "look_ahead_days": policy.look_ahead_days,
    }
    return case.model_copy(update=update)


def _open(workplace: Workplace, case: Case) -> Case:
    with workplace.store.new_case(case) as work:
        ends_on, who = str(case.request.ending.ends_on), case.asked_by
        work.event("case_opened", actor=who or OURS, kind_of_request=case.request.kind, ends_on=ends_on)
        _record_plan(work, case, who)
    workplace.tell(work.events_written)
    return case


def _record_plan(work: Work, case: Case, by: str) -> None:
    work.event(
        "planned",
        actor=by or OURS,
        plan_hash=case.plan_hash,
        steps=len(case.steps),
        blockers=[finding.code for finding in case.blockers],
        approvals_needed=case.needed,
    )


def _again(workplace: Workplace, fresh: Case, by: str) -> Case:
    """Replace the plan; approvals fall away unless the plan is the very same."""
    with workplace.store.change(fresh.id) as work:
        standing = work.case
        if standing.begun:
            return _as_it_stands(standing, fresh.request)
        same = standing.fresh and standing.needed == fresh.needed and _says_the_same(standing, fresh)
        if same:
            kept = {"approvals": standing.approvals, "steps": standing.steps, "plan_hash": standing.plan_hash}
            fresh = fresh.model_copy(update=kept)
        work.case = fresh = fresh.model_copy(update={"asked_by": _asker(standing, fresh.request, by)})
        if not same:
            _record_plan(work, fresh, by)
    workplace.tell(work.events_written)
    return fresh


def _asker(standing: Case, request: Request, by: str) -> str:
    """Return who asked for what is planned again: whoever did first, unless it is something else by now."""
    same = standing.request.digest == request.digest
    return (standing.asked_by or by) if same else (by or standing.asked_by)


def _says_the_same(standing: Case, fresh: Case) -> bool:
    """Return whether the plan is the one that stands, but for dates that people moved since it was hashed."""
    if standing.plan_hash == fresh.plan_hash:
        return True
    same_links = [link.id for link in standing.links] == [link.id for link in fresh.links]
    moved = bool(fresh.moved) and fresh.moved == standing.moved
    return moved and same_links and not any(drift(standing, link, fresh.steps_of(link.id)) for link in fresh.links)


def _as_it_stands(case: Case, request: Request) -> Case:
    if case.request.digest == request.digest:
        return case
    raise BlockedError(
        f"The case {case.id} of this client is {'over' if case.over else 'under way'}, and the request differs from "
        "the one that was carried out.",
        remedy="Steer the case with move, skip or retry, or cancel it; see 'disengage show'.",
    )
