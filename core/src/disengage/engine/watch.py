"""Look at closed cases again: what came back is shown to people, and never ended a second time by itself."""

from __future__ import annotations

from datetime import timedelta

import structlog

from disengage.domain.case import Case, CaseLink
from disengage.domain.difference import Comparison
from disengage.domain.findings import Finding, Severity
from disengage.domain.lifecycle import CaseState
from disengage.engine.keeping import WATCH
from disengage.engine.patience import WATCH_EVERY
from disengage.engine.verification import shown_now
from disengage.engine.workplace import Workplace
from disengage.errors import DisengageError
from disengage.store import Work

log = structlog.get_logger("disengage.engine")

#: How the finding's code begins; the step's id follows.
CAME_BACK = "came_back:"


def watch(workplace: Workplace, case_id: str) -> None:
    """Compare what a closed case proved with what the platforms show now, and come again tomorrow."""
    case = workplace.store.case(case_id)
    if case.state is not CaseState.CLOSED or case.closed_at is None:
        return
    shown = {step: found for link in case.links for step, found in _shown(workplace, case, link).items()}
    with workplace.store.change(case_id) as work:
        _write_down(work, shown)
        again = workplace.now() + WATCH_EVERY
        if again <= case.closed_at + timedelta(days=case.watch_days):
            work.wake(WATCH, again)
    workplace.tell(work.events_written)


def _shown(workplace: Workplace, case: Case, link: CaseLink) -> dict[str, Comparison]:
    """Return whether each proven step of a link is still shown; nothing where the platform could not be asked."""
    try:
        return shown_now(workplace, case, link)
    except DisengageError as error:
        log.warning("watch_failed", case=case.id, link=link.id, kind=type(error).__name__)
        return {}


def _write_down(work: Work, shown: dict[str, Comparison]) -> None:
    """Keep a finding for each step that came back, with one event when it comes and one when it goes."""
    case = work.case
    known = {f.code.removeprefix(CAME_BACK) for f in case.findings if f.code.startswith(CAME_BACK)}
    new = [step for step, found in shown.items() if found is Comparison.DIFFERENT and step not in known]
    over = [step for step in known if shown.get(step) is Comparison.SAME]
    for step in new:
        work.event("came_back", step=step, connection=case.step(step).connection)
    for step in sorted(over):
        work.event("as_wanted_again", step=step, connection=case.step(step).connection)
    kept = tuple(f for f in case.findings if f.code.removeprefix(CAME_BACK) not in over)
    work.case = case.model_copy(update={"findings": (*kept, *(_finding(case, step) for step in new))})


def _finding(case: Case, step_id: str) -> Finding:
    return Finding(
        code=f"{CAME_BACK}{step_id}",
        severity=Severity.WARNING,
        connection=case.step(step_id).connection,
        message=f"{step_id} was verified when the case was closed, and the platform shows something else now.",
        remedy="See on the platform what happened; open a new case if the relationship is to be ended there again.",
    )
