"""The laws of the difference."""

from __future__ import annotations

from datetime import date

import pytest
from disengage.domain.difference import Comparison, Difference, compare, diff
from disengage.domain.state import COMPARED, LinkState
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import states

fields = st.lists(st.sampled_from(COMPARED), unique=True)


@given(states, states)
def test_the_difference_is_empty_exactly_when_every_wanted_field_is_the_same(
    observed: LinkState, wanted: LinkState
) -> None:
    nothing_wanted = all(getattr(wanted, field) is None for field in COMPARED)
    same = compare(observed, wanted, COMPARED) is Comparison.SAME
    assert (not diff(observed, wanted)) is (same or nothing_wanted)


@given(states)
def test_a_state_does_not_differ_from_itself(state: LinkState) -> None:
    assert diff(state, state) == ()
    assert compare(state, state, COMPARED) in (Comparison.SAME, Comparison.UNKNOWN)


@given(states, fields)
def test_what_nobody_can_see_is_never_success(wanted: LinkState, asked: list[str]) -> None:
    blind = LinkState()
    assert compare(blind, wanted, asked) is Comparison.UNKNOWN
    assert not any(item.known for item in diff(blind, wanted, asked))


@given(states, states, fields, st.sampled_from(COMPARED))
def test_one_more_field_that_cannot_be_seen_never_turns_anything_into_success(
    observed: LinkState, wanted: LinkState, asked: list[str], hidden: str
) -> None:
    blinded = observed.model_copy(update={hidden: None})
    if getattr(wanted, hidden) is not None:
        assert compare(blinded, wanted, [*asked, hidden]) is not Comparison.SAME


@given(states, states, fields)
def test_only_the_fields_that_are_asked_for_are_compared(
    observed: LinkState, wanted: LinkState, asked: list[str]
) -> None:
    assert {item.field for item in diff(observed, wanted, asked)} <= set(asked)
    assert diff(observed, wanted, asked) == tuple(d for f in asked for d in diff(observed, wanted, [f]))


@given(states, states)
def test_doing_what_the_difference_says_leaves_no_difference(observed: LinkState, wanted: LinkState) -> None:
    done = observed
    for item in diff(observed, wanted):
        goal = getattr(wanted, item.field)
        if item.key:
            goal = {**(getattr(done, item.field) or {}), item.key: goal[item.key]}
        done = done.model_copy(update={item.field: goal})
    assert diff(done, wanted) == ()


def test_nothing_to_compare_proves_nothing() -> None:
    assert compare(LinkState(linked=False), LinkState(linked=False), ()) is Comparison.UNKNOWN
    assert compare(LinkState(linked=False), LinkState(), ["linked"]) is Comparison.UNKNOWN


def test_what_is_known_to_differ_outweighs_what_is_not_known() -> None:
    wanted = LinkState(linked=False, archived=True)
    assert compare(LinkState(linked=True), wanted, ["linked", "archived"]) is Comparison.DIFFERENT
    assert compare(LinkState(linked=False), wanted, ["linked", "archived"]) is Comparison.UNKNOWN


def test_every_user_is_one_entry_and_one_who_is_gone_needs_nothing() -> None:
    last = date(2026, 12, 31)
    observed = LinkState(firm_access={"2": None, "1": date(2026, 11, 30), "3": last, "9": None})
    wanted = LinkState(firm_access={"1": last, "2": last, "3": last, "4": last})
    assert diff(observed, wanted) == (
        Difference(field="firm_access", key="1", observed="2026-11-30", wanted="2026-12-31"),
        Difference(field="firm_access", key="2", observed=None, wanted="2026-12-31"),
    )
    assert compare(LinkState(firm_access={}), wanted, ["firm_access"]) is Comparison.SAME


@pytest.mark.parametrize("extensions", [("a", "b", "c"), ("c", "b", "a"), ("b", "a", "c")])
def test_the_order_in_which_a_platform_lists_things_is_no_difference(extensions: tuple[str, ...]) -> None:
    wanted = LinkState(extensions=("a", "b", "c"), firm_access={"1": None, "2": None})
    observed = LinkState(extensions=extensions, firm_access={"2": None, "1": None})
    assert diff(observed, wanted) == ()
    turned = LinkState(firm_access={"2": None, "1": None})
    same = LinkState(firm_access={"1": None, "2": None})
    assert [d.target for d in diff(LinkState(), turned)] == [d.target for d in diff(LinkState(), same)]


def test_the_platforms_own_words_and_the_gates_facts_are_never_compared() -> None:
    observed = LinkState(status="Lost", firm_is_administrator=True, client_administers=False)
    wanted = LinkState(status="Active", firm_is_administrator=False, client_administers=True)
    assert diff(observed, wanted) == ()
