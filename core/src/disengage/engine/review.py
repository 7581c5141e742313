"""Observe every platform again: before the first changing step, and when the gate is to open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from disengage.domain import gate
from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import StepState
from disengage.domain.plan import drift
from disengage.domain.verbs import Mode, Verb
from disengage.engine import completeness
from disengage.engine.keeping import AHEAD, REVIEW, gate_address, keep, wake_all
from disengage.engine.planning import case_from
from disengage.engine.retain import kept_soundly
from disengage.engine.steering import DAMAGED
from disengage.engine.survey import SIDE_BY_SIDE, Survey, look_at, trouble
from disengage.engine.workplace import Workplace
from disengage.errors import CredentialsError, DisengageError, RetryableError, VaultError
from disengage.store import Work

log = structlog.get_logger("disengage.engine")

#: How long until a platform that could not be observed is asked again.
ASK_AGAIN = timedelta(minutes=5)


def review(workplace: Workplace, case_id: str) -> None:
    """Observe again what was approved; let the case begin, or stop it and show what changed."""
    case = workplace.store.case(case_id)
    if not case.approved or case.reviewed or case.over:
        return
    seen = _look(workplace, case, case.links)
    with workplace.store.change(case_id) as work:
        now = workplace.now()
        if not work.case.approved or work.case.reviewed:
            return
        updated = _with_what_was_seen(work.case, seen)
        if _stale(workplace, work, updated, seen):
            pass
        elif updated.blockers:
            _ask_later(work, updated, REVIEW, now)
        else:
            work.event("reviewed", plan_hash=updated.plan_hash)
            keep(work, updated.model_copy(update={"reviewed": True}), now)
            wake_all(work, now)
    workplace.tell(work.events_written)


def look_ahead(workplace: Workplace, case_id: str) -> None:
    """Observe shortly before a dated step: where the plan has gone stale, stop while there is time to ask."""
    case = workplace.store.case(case_id)
    if not case.approved or not case.reviewed or case.over:
        return
    seen = _look(workplace, case, case.links)
    with workplace.store.change(case_id) as work:
        now = workplace.now()
        updated = _with_what_was_seen(work.case, seen)
        if not work.case.approved or _stale(workplace, work, updated, seen):
            pass
        elif updated.blockers:
            _ask_later(work, updated, AHEAD, now)
        else:
            work.event("looked_ahead", plan_hash=updated.plan_hash)
            keep(work, updated, now)
    workplace.tell(work.events_written)


def open_gate(workplace: Workplace, case_id: str, connection: str) -> None:
    """Ask the gate for one connection (and all that pass together with it); open it if nothing is in the way."""
    case = workplace.store.case(case_id)
    group = gate.behind(case, connection)
    if case.over or not case.approved or gate.is_open(case, connection, workplace.now()):
        return
    links = [link for link in case.links if link.connection in group]
    seen = _look(workplace, case, links)
    damage = _damaged_bags(workplace, case, links)
    with workplace.store.change(case_id) as work:
        _pass_or_stop(workplace, work, seen, damage, connection)
    workplace.tell(work.events_written)


def _pass_or_stop(
    workplace: Workplace, work: Work, seen: Sequence[Survey], damage: tuple[Finding, ...], connection: str
) -> None:
    now = workplace.now()
    updated = _with_what_was_seen(work.case, seen, damage)
    if gate.is_open(work.case, connection, now) or not updated.approved or _stale(workplace, work, updated, seen):
        return
    reasons = gate.shut_because(updated, connection)
    updated = updated.model_copy(update={"shut_because": reasons})
    if reasons:
        work.event("gate_stayed_shut", connection=connection, because=list(reasons))
        _ask_later(work, updated, gate_address(connection), now)
        return
    opened = dict.fromkeys(gate.behind(updated, connection), now)
    work.event("gate_opened", connections=sorted(opened), plan_hash=updated.plan_hash)
    keep(work, updated.model_copy(update={"gate_opened": {**updated.gate_opened, **opened}}), now)
    wake_all(work, now)


def _look(workplace: Workplace, case: Case, links: Iterable[CaseLink]) -> list[Survey]:
    """Observe links side by side; what cannot be observed becomes a blocker."""

    def look(link: CaseLink) -> Survey:
        try:
            return look_at(workplace, link, case.effective)
        except RetryableError as error:
            return Survey(links=(link,), findings=(trouble(link.connection, error),))
        except CredentialsError as error:
            return Survey(links=(link,), findings=(trouble(link.connection, error),))
        except DisengageError as error:
            return Survey(links=(link,), findings=(trouble(link.connection, error),))

    links = list(links)
    with ThreadPoolExecutor(max_workers=min(SIDE_BY_SIDE, len(links) or 1)) as pool:
        return list(pool.map(look, links))


def _with_what_was_seen(case: Case, seen: Iterable[Survey], more: tuple[Finding, ...] = ()) -> Case:
    """Take observed states and fresh findings into the case; findings of other links stay."""
    seen = list(seen)
    fresh = {link.id: link for part in seen for link in part.links}
    connections = {link.connection for link in fresh.values()}
    severed = {link.id for link in case.links if _is_severed(case, link)}
    kept = tuple(f for f in case.findings if f.connection not in connections or f.code.startswith(_LASTING))
    new = tuple(f for part in seen for f in part.findings if not {link.id for link in part.links} & severed)
    links = tuple(fresh.get(link.id, link) for link in case.links)
    steps = _without_the_unnecessary(case, seen)
    return case.model_copy(update={"links": links, "steps": steps, "findings": (*kept, *new, *more)})


def _without_the_unnecessary(case: Case, seen: Iterable[Survey]) -> tuple[Step, ...]:
    """Let a step drop out that has not begun and that nothing needs any more."""
    dropped = {step.id: step for part in seen for step in part.steps if step.mode is Mode.NOT_NEEDED}

    def now(step: Step) -> Step:
        untouched = step.mode is not Mode.NOT_NEEDED and not step.attempts and not step.finished
        return dropped.get(step.id, step) if untouched else step

    return tuple(map(now, case.steps))


#: Findings that the steps themselves left; observing does not take them away.
_LASTING = ("refused:", completeness.WRONG, completeness.GAP, completeness.NOT_CHECKED)


def _is_severed(case: Case, link: CaseLink) -> bool:
    """Return whether the link is cut by this case already: what stood in the way of cutting it is past."""
    cut = [step for step in case.steps_of(link.id) if step.verb is Verb.SEVER_LINK]
    return any(step.finished for step in cut)


def _stale(workplace: Workplace, work: Work, case: Case, seen: Iterable[Survey]) -> bool:
    """Compare with what was approved; where it does not cover what is needed now, stop and ask again."""
    found = tuple(finding for part in seen if part.steps for finding in drift(work.case, part.links[0], part.steps))
    if not found:
        return False
    replanned = _replanned(workplace, case, seen)
    replanned = replanned.model_copy(update={"findings": (*case.findings, *found), "fresh": False, "reviewed": False})
    work.event("plan_stale", was=work.case.plan_hash, plan_hash=replanned.plan_hash, changed=[f.message for f in found])
    keep(work, replanned, workplace.now())
    return True


def _replanned(workplace: Workplace, case: Case, seen: Iterable[Survey]) -> Case:
    """Return the case with a new plan: what is carried out or under way stays, the rest is as needed now."""
    fresh = {step.id: step for part in seen for step in part.steps}
    standing = {step.id for step in case.steps}
    steps = [step if step.attempts or step.id not in fresh else fresh[step.id] for step in case.steps]
    steps += [step for step in fresh.values() if step.id not in standing]
    found = Survey(links=case.links, steps=tuple(steps), findings=case.findings)
    return case_from(workplace, case, found).model_copy(update={"gate_opened": {}})


def _ask_later(work: Work, case: Case, address: str, now: datetime) -> None:
    """Keep what was seen; ask again by itself where only a platform or its credentials stand in the way."""
    keep(work, case, now)
    passing = {"credentials_refused", "platform_unreachable"}
    if {finding.code for finding in case.blockers} & passing:
        work.wake(address, now + ASK_AGAIN)


def _damaged_bags(workplace: Workplace, case: Case, links: Iterable[CaseLink]) -> tuple[Finding, ...]:
    """Verify every bag that the gate relies on once more."""
    kept = [step for link in links for step in case.steps_of(link.id) if _keeps_what_the_gate_needs(step)]
    return tuple(_damage(case, step, said) for step in kept for said in _complaints(workplace, case, step))


def _keeps_what_the_gate_needs(step: Step) -> bool:
    kept = step.verb is Verb.RETAIN_HISTORY and step.state is StepState.DONE and step.mode is not Mode.NOT_NEEDED
    return kept and step.holds_gate


def _complaints(workplace: Workplace, case: Case, step: Step) -> tuple[str, ...]:
    try:
        return kept_soundly(workplace, case.id, step.id)
    except VaultError as error:
        return (f"{step.id}: {error.message}",)


def _damage(case: Case, step: Step, complaint: str) -> Finding:
    return Finding(
        code=f"{DAMAGED}{step.id}",
        severity=Severity.BLOCKER,
        connection=step.connection,
        message=complaint,
        remedy=f"Restore the vault, then 'disengage retry {case.id}'; "
        f"or have a new copy made with 'disengage retry {case.id} {step.id}'.",
    )
