"""What several links of one connection share is given up last; what a later step changes again is not compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from disengage import (
    Connector,
    Done,
    Effect,
    Link,
    LinkState,
    Operation,
    Proposal,
    Provenance,
    Request,
    StepProposal,
    Verb,
    VerbSpec,
)
from disengage.domain.request import RequestKind
from disengage.engine.verification import verify

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
REQUEST = a_request(ending={"ends_on": date(2026, 12, 31)})


def _spec(verb: Verb, part: str = "", *moves: str) -> VerbSpec:
    return VerbSpec(verb=verb, part=part, operations=("call",), effects=(Effect.REVERSIBLE,), moves=moves)


def test_the_token_goes_when_every_other_link_of_the_connection_is_finished(stage: Callable[..., Stage]) -> None:
    sever, token = _spec(Verb.SEVER_LINK), _spec(Verb.REMOVE_EXTENSIONS, "token")
    made = stage(spiris=a_manifest(sever, token, operations=(CALL,)), other=a_manifest(sever, operations=(CALL,)))
    platform = made.platforms["spiris"]
    platform.links = [Link(ref="1", scope=scope) for scope in ("bookkeeping", "payroll", "expenses")]
    platform.act = Done(receipt="ok")
    made.platforms["other"].act = Done(receipt="ok")

    def propose(connector: Connector, link: Link, request: Request, state: LinkState) -> Proposal:
        steps = [connector.step_for(sever)]
        if link.scope == "bookkeeping":
            steps.append(connector.step_for(token, after=("sever_link",), last_on_connection=True))
        return Proposal(wanted=LinkState(), steps=tuple(steps))

    platform.propose = propose
    case = made.plan(REQUEST, "Kari")
    assert case.step("spiris.bookkeeping.remove_extensions.token").after == (
        "spiris.bookkeeping.sever_link",
        "spiris.payroll.sever_link",
        "spiris.expenses.sever_link",
    )
    made.go()
    assert (platform.calls[-1], len(platform.calls)) == ("remove_extensions:token", 4)
    assert made.case.state == "closed"


def test_what_a_later_step_changes_again_is_no_difference_afterwards(stage: Callable[..., Stage]) -> None:
    free, activate = _spec(Verb.SEVER_LINK, "", "available"), _spec(Verb.ACTIVATE, "", "linked")
    made = stage(portal=a_manifest(free, activate, operations=(CALL,), kinds=(RequestKind.TAKEOVER,)))
    platform = made.platforms["portal"]
    platform.state = LinkState(linked=False, available=False)

    def act(what: str) -> Done:
        platform.state = LinkState(linked=what == "activate", available=what == "sever_link")
        return Done(receipt=what)

    def propose(connector: Connector, link: Link, request: Request, state: LinkState) -> Proposal:
        steps: tuple[StepProposal, ...] = (connector.step_for(free, lasting=False), connector.step_for(activate))
        return Proposal(wanted=LinkState(linked=True, available=True), steps=steps)

    platform.act, platform.propose = act, propose
    made.plan(a_request(kind="takeover", ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    assert (platform.calls, made.case.state) == (["sever_link", "activate"], "closed")
    assert verify(made.workplace).differences == ()


def test_only_connections_that_know_the_kind_of_request_take_part(stage: Callable[..., Stage]) -> None:
    sever = _spec(Verb.SEVER_LINK)
    both = (RequestKind.ENDING, RequestKind.TAKEOVER)
    made = stage(portal=a_manifest(sever, operations=(CALL,), kinds=both), crm=a_manifest(sever, operations=(CALL,)))
    taking = made.plan(a_request(kind="takeover"))
    ending = made.plan(a_request())
    assert [link.id for link in taking.links] == ["portal"]
    assert [link.id for link in ending.links] == ["portal", "crm"]


def test_a_kind_of_request_that_no_connection_knows_is_blocked(stage: Callable[..., Stage]) -> None:
    made = stage(crm=a_manifest(_spec(Verb.SEVER_LINK), operations=(CALL,)))
    (blocker,) = made.plan(a_request(kind="takeover")).blockers
    assert blocker.code == "takeover_not_supported"
    assert "'takeover'" in blocker.message
