"""The gate: nothing that removes access, destroys data or cannot be undone starts before it opens.

It opens when the plan is approved and fresh, the firm's copy of the history is kept and verified, no blocker is open,
and somebody other than the firm holds the administrator role. This page decides; the engine observes and asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from disengage.domain.case import Case, CaseLink, Step
from disengage.domain.findings import Finding
from disengage.domain.lifecycle import StepState
from disengage.domain.verbs import Mode, Verb

#: A gate that opened longer ago than this is asked again before another step goes through it.
STAYS_OPEN = timedelta(hours=24)


def is_open(case: Case, connection: str, now: datetime) -> bool:
    """Return whether a gated step of ``connection`` may start now."""
    opened = case.gate_opened.get(connection)
    if not case.approved or opened is None or now - opened >= STAYS_OPEN:
        return False
    group = behind(case, connection)
    return not _blockers_for(case, group) and not any(_holds(s) for s in case.steps if s.connection in group)


def behind(case: Case, connection: str) -> tuple[str, ...]:
    """Return the connections that pass the gate together with ``connection``."""
    if case.policy_gate == "connection":
        return (connection,)
    return tuple(dict.fromkeys(link.connection for link in case.links))


def shut_because(case: Case, connection: str) -> tuple[str, ...]:
    """Return every reason why the gate cannot open for ``connection``; empty: it may."""
    group = behind(case, connection)
    steps = [s for s in case.steps if s.connection in group]
    reasons = [] if case.approved else ["the plan is not approved"]
    reasons += [f"blocker {finding.code}" for finding in _blockers_for(case, group)]
    reasons += [f"{s.id} is not done" for s in steps if _holds(s)]
    reasons += [
        f"on {link.id} nobody but the firm holds the administrator role, and nobody waived this"
        for link in case.links
        if link.connection in group and _only_the_firm_administers(case, link)
    ]
    return tuple(reasons)


def may_be_asked(case: Case, connection: str) -> bool:
    """Return whether everything the gate waits for inside the case is there, so that observing is worth it."""
    return not shut_because(case, connection)


def asked_for(case: Case, connections: Iterable[str]) -> list[str]:
    """Return for which of these the gate is to be asked: for one of all that pass together."""
    groups = {behind(case, connection): connection for connection in sorted(connections, reverse=True)}
    return sorted(groups.values())


def _blockers_for(case: Case, connections: tuple[str, ...]) -> list[Finding]:
    return [finding for finding in case.blockers if finding.connection is None or finding.connection in connections]


def _holds(step: Step) -> bool:
    kept = step.verb is Verb.RETAIN_HISTORY and step.holds_gate and step.mode is not Mode.NOT_NEEDED
    return kept and step.state is not StepState.DONE


def _only_the_firm_administers(case: Case, link: CaseLink) -> bool:
    if link.observed.firm_is_administrator is not True or link.observed.client_administers is True:
        return False
    handing_over = [
        s for s in case.steps_of(link.id) if s.verb is Verb.TRANSFER_ADMIN and s.mode is not Mode.NOT_NEEDED
    ]
    waived = any(s.state is StepState.SKIPPED for s in handing_over)
    # Where the platform shows that nobody else holds it, a step's word that it is done counts for nothing.
    done = link.observed.client_administers is None and any(s.state is StepState.DONE for s in handing_over)
    return not waived and not done
