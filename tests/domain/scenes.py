"""Two links with the usual steps, as a real plan makes them; the scene of several tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from disengage.domain.case import Case, CaseLink
from disengage.domain.effects import Effect
from disengage.domain.lifecycle import StepEvent
from disengage.domain.plan import steps_for
from disengage.domain.proposal import Proposal, StepProposal
from disengage.domain.state import Holder, LinkState
from disengage.domain.verbs import Mode, Verb

from tests.builders import NOW, a_case, a_link, a_request

LAST_DAY = date(2026, 12, 31)

GO = a_link(
    "go",
    observed=LinkState(
        linked=True,
        administrator=Holder.FIRM,
        firm_access={"7": None},
        firm_is_administrator=True,
        client_administers=False,
    ),
    wanted=LinkState(linked=False, administrator=Holder.CLIENT, firm_access={"7": LAST_DAY}),
)
GO_STEPS = (
    StepProposal(verb=Verb.RETAIN_HISTORY),
    StepProposal(verb=Verb.TRANSFER_ADMIN, moves=("administrator",), effects=(Effect.REVERSIBLE,)),
    StepProposal(verb=Verb.REMOVE_EXTENSIONS, effects=(Effect.REVERSIBLE,)),
    StepProposal(verb=Verb.END_ACCESS, moves=("firm_access",), effects=(Effect.REMOVES_OUR_ACCESS, Effect.DATED)),
    StepProposal(verb=Verb.SEVER_LINK, moves=("linked",), effects=(Effect.IRREVERSIBLE, Effect.IMMEDIATE)),
    StepProposal(verb=Verb.RETAIN_HISTORY, part="archive", mode=Mode.BY_HAND, after=("sever_link",), holds_gate=False),
)
CRM = a_link("crm", connector="generic_csv", observed=LinkState(linked=True), wanted=LinkState(linked=False))
CRM_STEPS = (
    StepProposal(verb=Verb.RETAIN_HISTORY, mode=Mode.BY_HAND),
    StepProposal(verb=Verb.SETTLE_BILLING, effects=(Effect.REVERSIBLE,)),
    StepProposal(verb=Verb.ARCHIVE, effects=(Effect.DESTROYS_DATA,)),
    StepProposal(verb=Verb.SEVER_LINK, mode=Mode.BY_HAND, moves=("linked",)),
)


def planned(link: CaseLink, proposed: tuple[StepProposal, ...]) -> Any:
    """Return the steps that the plan makes of what a connector proposes for ``link``."""
    return steps_for(link, Proposal(wanted=link.wanted, steps=proposed), a_request())


def a_two_link_case(**changes: Any) -> Case:
    """Return the case of both links, planned, not approved."""
    return a_case((GO, CRM), (*planned(GO, GO_STEPS), *planned(CRM, CRM_STEPS)), **changes)


def after_events(case: Case, step_id: str, *events: StepEvent) -> Case:
    """Return the case after ``events`` of one step."""
    for event in events:
        case = case.with_step(case.step(step_id).on(event))
    return case


def with_copies_kept(case: Case) -> Case:
    """Return the case with every copy kept that the gate waits for."""
    for step in case.steps:
        if step.verb is Verb.RETAIN_HISTORY and step.holds_gate:
            case = after_events(case, step.id, StepEvent.START, StepEvent.DO)
    return case


def seeing(case: Case, link_id: str, **observed: Any) -> Case:
    """Return the case in which the platform of one link shows something else."""
    links = tuple(
        link.model_copy(update={"observed": link.observed.model_copy(update=observed)}) if link.id == link_id else link
        for link in case.links
    )
    return case.model_copy(update={"links": links})


def ready_for_the_gate(**changes: Any) -> Case:
    """Return the case with everything done that the gate waits for; it was not asked yet."""
    case = with_copies_kept(a_two_link_case(approved_by=("Anna", "Bo"), reviewed=True, **{"needed": 2, **changes}))
    case = seeing(case, "go", administrator=Holder.CLIENT, client_administers=True)
    return after_events(case, "go.transfer_admin", StepEvent.START, StepEvent.DO)


def through_the_gate(**changes: Any) -> Case:
    """Return the same case after the gate opened, at ``NOW``."""
    return ready_for_the_gate(gate_opened={"go": NOW, "crm": NOW}, **changes)
