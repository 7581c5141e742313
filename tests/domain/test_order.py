"""Which step comes after which."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from disengage import Connector, Firm, Manifest, Surroundings, VerbSpec
from disengage.connector import ConnectionSettings
from disengage.domain.order import in_order, predecessors
from disengage.domain.proposal import StepProposal
from disengage.domain.verbs import ORDER, Verb
from disengage.errors import PluginError
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.scenes import GO_STEPS

parts = st.sampled_from(["", "a", "b", "archive"])
specs = st.lists(
    st.builds(VerbSpec, verb=st.sampled_from(Verb), part=parts), max_size=12, unique_by=lambda spec: spec.key
).map(tuple)


def connector(verbs: tuple[VerbSpec, ...]) -> Connector:
    class Some(Connector):
        manifest: ClassVar[Manifest] = Manifest(platform="Some", vendor="Somebody", verbs=verbs)

    firm = Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo")
    nothing: Any = None
    around = Surroundings(connection="some", firm=firm, folder=Path(), limiter=nothing, tokens=nothing)
    return Some(ConnectionSettings(connector="some"), around)


def step(verb: Verb, part: str = "", **changes: Any) -> StepProposal:
    return StepProposal(verb=verb, part=part, **changes)


def keys(steps: list[StepProposal]) -> list[str]:
    return [proposed.key for proposed in steps]


@given(specs)
def test_what_a_manifest_leads_to_can_always_be_put_in_order(verbs: tuple[VerbSpec, ...]) -> None:
    steps = connector(verbs).steps_from_manifest()
    edges = predecessors(steps)
    TopologicalSorter(edges).prepare()
    assert set(edges) == {spec.key for spec in verbs if spec.verb in ORDER}
    assert_in_order(steps)


@st.composite
def proposals(draw: st.DrawFn) -> tuple[StepProposal, ...]:
    drawn = [spec for spec in draw(specs) if spec.verb in ORDER]
    names = [spec.key for spec in drawn]
    after = st.lists(st.sampled_from(names), max_size=2).map(tuple) if names else st.just(())
    return tuple(step(s.verb, s.part, after=draw(after), loosely_after=draw(st.booleans())) for s in drawn)


@given(proposals())
def test_a_proposal_is_put_in_order_or_refused(steps: tuple[StepProposal, ...]) -> None:
    try:
        edges = predecessors(steps)
    except PluginError:
        return
    TopologicalSorter(edges).prepare()
    assert all(set(proposed.after) <= set(edges[proposed.key]) for proposed in steps)
    assert_in_order(steps)


def assert_in_order(steps: tuple[StepProposal, ...]) -> None:
    edges, placed = predecessors(steps), keys(in_order(steps))
    assert sorted(placed) == sorted(proposed.key for proposed in steps)
    for key, before in edges.items():
        assert all(placed.index(other) < placed.index(key) for other in before)


def test_the_usual_order_is_that_of_the_verbs() -> None:
    steps = [step(verb) for verb in reversed(ORDER)]
    assert keys(in_order(steps)) == [str(verb) for verb in ORDER]


def test_keeping_the_history_and_handing_over_wait_for_nobody() -> None:
    edges = predecessors([step(verb) for verb in ORDER])
    assert edges["retain_history"] == edges["transfer_admin"] == ()
    assert set(edges["sever_link"]) == {str(verb) for verb in ORDER[: ORDER.index(Verb.SEVER_LINK)]}


@pytest.mark.parametrize("tail", [Verb.RETAIN_HISTORY, Verb.TRANSFER_ADMIN, Verb.SETTLE_BILLING])
def test_a_step_put_after_a_later_one_holds_nobody_up(tail: Verb) -> None:
    steps = [*(step(verb) for verb in ORDER), step(tail, "late", after=("sever_link",))]
    edges = predecessors(steps)
    assert edges[f"{tail}:late"] == ("sever_link",)
    assert not any(f"{tail}:late" in before for before in edges.values())
    assert keys(in_order(steps))[-2:] in (["activate", f"{tail}:late"], [f"{tail}:late", "activate"])


def test_two_tails_may_follow_each_other() -> None:
    handing_over = step(Verb.TRANSFER_ADMIN, "subscription", after=("sever_link", "retain_history:archive"))
    assert keys(in_order([handing_over, *GO_STEPS]))[-2:] == ["retain_history:archive", "transfer_admin:subscription"]


def test_a_loose_step_waits_only_for_what_it_names_and_holds_nobody_up() -> None:
    steps = [step(Verb.RETAIN_HISTORY), step(Verb.SETTLE_BILLING), step(Verb.SEVER_LINK)]
    steps.append(step(Verb.ARCHIVE, after=("retain_history",), loosely_after=True))
    edges = predecessors(steps)
    assert edges["archive"] == ("retain_history",)
    assert edges["sever_link"] == ("retain_history", "settle_billing")


@pytest.mark.parametrize(
    "steps",
    [
        [step(Verb.SEVER_LINK, after=("sever_link",))],
        [step(Verb.ARCHIVE, after=("sever_link",)), step(Verb.SEVER_LINK, after=("archive",))],
        [step(Verb.SEVER_LINK, after=("archive",))],
        [step(Verb.SEVER_LINK, after=("sever_lnk",))],
        [step(Verb.SEVER_LINK, after=("",))],
        [step(Verb.SEVER_LINK), step(Verb.SEVER_LINK)],
        [step(Verb.INVITE_BACK)],
    ],
    ids=["after itself", "circle", "not proposed", "misspelt", "empty", "twice", "no part of an ending"],
)
def test_a_proposal_that_makes_no_sense_is_the_plugins_fault(steps: list[StepProposal]) -> None:
    with pytest.raises(PluginError):
        predecessors(steps)
