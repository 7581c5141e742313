"""A whole ending on the bench: find, observe, check, propose, then every step in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from disengage.domain.case import CaseLink, Step
from disengage.domain.difference import Comparison, compare
from disengage.domain.findings import Severity
from disengage.domain.outcomes import Accepted
from disengage.domain.plan import across_links, step_id, steps_for
from disengage.domain.proposal import Link, Proposal
from disengage.domain.state import LinkState
from disengage.domain.verbs import Mode, Verb
from disengage.errors import DisengageError
from disengage.testing.bench import Bench
from disengage.testing.exchanges import Exchange
from disengage.testing.people import People
from disengage.testing.performing import Ended, Performance, act


@dataclass
class Rehearsed:
    """How an ending went.

    Attributes:
        found: What ``find_links`` returned.
        links: The links, as surveyed.
        proposed: Verb and part of every step that was proposed.
        steps: The steps that were taken up, in the order in which they were.
        complaints: Why it did not come to its end; empty where it did.
        shown: Link id → what the platform shows at the end.
        exchanges: Every exchange.
        effects: Everything that the simulator recorded.
        called: The hooks that were called.
        modes: Verb and part → how this connection does it.
        may_call: Operation → whether this connection may call it by itself.
        configured: Operation → call, where the connection configures it.
    """

    found: tuple[Link, ...] = ()
    links: list[CaseLink] = field(default_factory=list)
    proposed: set[str] = field(default_factory=set)
    steps: list[Ended] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    shown: dict[str, LinkState] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    modes: dict[str, Mode] = field(default_factory=dict)
    may_call: dict[str, bool] = field(default_factory=dict)
    configured: dict[str, str] = field(default_factory=dict)

    @property
    def own_effects(self) -> list[str]:
        """The effects that no person made by hand."""
        left = list(self.effects)
        for effect in (effect for ended in self.steps for effect in ended.by_people):
            left.remove(effect)
        return left


def rehearse(bench: Bench, retries: int = 0) -> Rehearsed:
    """End the client on the bench, and write down how that went; trouble ends it early and is no exception.

    Args:
        bench: A fresh one, or one on which something happened already.
        retries: How often a person tries a step again that was refused or failed.
    """
    told = Rehearsed()
    before = len(bench.simulator.effects)
    try:
        for ended in _steps(bench, told, retries):
            told.steps.append(ended)
            if not ended.finished:
                told.complaints.append(f"{ended.name} is never finished: {ended.why or 'nothing moves'}")
                break
        _look_at_the_end(bench, told)
    except DisengageError as error:
        told.complaints.append(f"{bench.called[-1]} fails: {type(error).__name__}: {error}")
    told.complaints += bench.foreign
    told.effects = bench.simulator.effects[before:]
    return told


def rehearse_all(bench: Bench) -> Rehearsed:
    """End the client, ask once more where somebody was asked, invite the client back, and try the credentials."""
    told = rehearse(bench)
    for aside in (_remind, _invite, _try_credentials):
        try:
            told.complaints += aside(bench, told)
        except DisengageError as error:
            told.complaints.append(f"{bench.called[-1]} fails: {type(error).__name__}: {error}")
    connector = bench.connector
    told.exchanges, told.called = bench.exchanges, bench.called
    told.modes = {spec.key: connector.mode(spec) for spec in connector.manifest.verbs}
    told.may_call = {o.name: connector.may_call(o.name) for o in connector.manifest.operations}
    told.configured = dict(connector.settings.operations)
    return told


def _remind(bench: Bench, told: Rehearsed) -> Iterator[str]:
    for ended in told.steps:
        if ended.step.through_support and ended.acted:
            asked = {"link": ended.link.link, "verb": ended.step.verb, "part": ended.step.part}
            bench.call("remind", **asked, request=bench.request, receipt=ended.receipt, number=1)
    yield from ()


def _invite(bench: Bench, told: Rehearsed) -> Iterator[str]:
    for link in told.links[:1]:
        step = invitation(bench, link)
        ended = Performance(bench, link, step, retries=0).do() if step else None
        if ended and not ended.finished:
            yield f"invite_back is never finished: {ended.why}"


def _try_credentials(bench: Bench, told: Rehearsed) -> Iterator[str]:  # noqa: ARG001 -- as its siblings
    if bench.implements("try_credentials"):
        bench.call("try_credentials")
    yield from ()


def survey(bench: Bench, told: Rehearsed) -> tuple[Step, ...]:
    """Find, observe, check and propose; return the steps of all links."""
    told.found = bench.call("find_links", client=bench.request.client, request=bench.request)
    steps: list[Step] = []
    for link in told.found:
        case_link, proposal = _looked_at(bench, link, told)
        told.links.append(case_link)
        told.proposed |= {step.key for step in proposal.steps}
        steps += steps_for(case_link, proposal, bench.request)
    return across_links(steps)


def _looked_at(bench: Bench, link: Link, told: Rehearsed) -> tuple[CaseLink, Proposal]:
    state: LinkState = bench.call("observe", link=link, request=bench.request)
    asked = {"link": link, "request": bench.request, "state": state}
    proposal: Proposal = bench.call("propose", **asked)
    for finding in bench.call("check", **asked):
        if finding.severity is Severity.BLOCKER:
            told.complaints.append(f"the ending cannot be planned: {finding.code}: {finding.message}")
    name = f"{bench.subject.connection}.{link.scope}" if link.scope else bench.subject.connection
    numbered = f"{name}#{len(told.links) + 1}" if any(other.id == name for other in told.links) else name
    manifest = bench.subject.offered.manifest
    return CaseLink(
        id=numbered,
        connection=bench.subject.connection,
        connector=bench.subject.offered.name,
        link=link,
        observed=state,
        wanted=proposal.wanted,
        time_zone=bench.time_zone,
        consistency_delay=manifest.consistency_delay.total_seconds(),
    ), proposal


def _steps(bench: Bench, told: Rehearsed, retries: int) -> Iterator[Ended]:
    """Do the steps one after another, each when all that it comes after are finished."""
    steps = survey(bench, told)
    finished = {step.id for step in steps if step.finished}
    waiting = [step for step in steps if not step.finished]
    told.shown = {link.id: link.observed for link in told.links}
    while waiting:
        step = next((step for step in waiting if finished.issuperset(step.after)), waiting[0])
        link = next(link for link in told.links if link.id == step.link)
        link = link.model_copy(update={"observed": told.shown[link.id]})
        ended = Performance(bench, link, step, retries=retries).do()
        waiting.remove(step)
        finished.add(step.id)
        told.shown[link.id] = ended.shown or told.shown[link.id]
        yield ended


def _look_at_the_end(bench: Bench, told: Rehearsed) -> None:
    for link in told.links:
        told.shown[link.id] = bench.call("observe", link=link.link, request=bench.request)


def unproven(told: Rehearsed) -> Iterator[str]:
    """Yield each step whose field does not stand at the end as it was wanted."""
    links = {link.id: link for link in told.links}
    for ended in told.steps:
        link, step = links[ended.step.link], ended.step
        lasting = step.lasting and ended.finished and ended.proof is not None
        if lasting and compare(told.shown[link.id], link.wanted, step.moves) is Comparison.DIFFERENT:
            yield f"{ended.name} was done, and at the end the platform shows otherwise"


def replay(bench: Bench, earlier: Iterable[Ended]) -> None:
    """Bring a fresh simulator to where it was after some steps, without looking at anything in between."""
    people = People(bench)
    for ended in earlier:
        if ended.by_hand:
            people.do(ended.link, ended.step)
        elif ended.acted and ended.step.verb is not Verb.RETAIN_HISTORY:
            outcome = act(bench, ended.link, ended.step)
            if isinstance(outcome, Accepted) or ended.step.through_support:
                people.others_act()
            if ended.step.through_support:
                people.do(ended.link, ended.step)


def invitation(bench: Bench, link: CaseLink) -> Step | None:
    """Return ``invite_back`` as a step; None where it is nothing that the connection does by itself."""
    for spec in bench.subject.offered.manifest.specs(Verb.INVITE_BACK):
        if bench.connector.mode(spec) is Mode.AUTOMATIC:
            return Step(
                id=step_id(link.id, spec.verb, spec.part),
                link=link.id,
                connection=link.connection,
                verb=spec.verb,
                part=spec.part,
                mode=Mode.AUTOMATIC,
                effects=spec.effects,
            )
    return None
