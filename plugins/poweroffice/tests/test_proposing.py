from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from disengage import Effect, Holder, Link, LinkState, Mode, Proposal
from disengage.domain.order import in_order, predecessors
from disengage.domain.proposal import StepProposal
from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.simulator import PowerOfficeSimulator

LINK = Link(ref="c-1")
STATE = LinkState(
    linked=True,
    administrator=Holder.NOBODY,
    firm_access={"ola": None, "siri": date(2026, 12, 1)},
    integration=True,
    status="active",
)
Propose = Callable[..., Proposal]


@pytest.fixture
def propose(go: PowerOfficeSimulator, connect: Callable[..., PowerOffice], ask: Any) -> Propose:
    """Propose for a state without asking Go anything."""

    def propose(state: LinkState = STATE, settings: dict[str, Any] | None = None, **asked: Any) -> Proposal:
        proposal = connect(go, **(settings or {})).propose(LINK, ask(**asked), state)
        assert go.journal == []
        return proposal

    return propose


def steps(proposal: Proposal) -> dict[str, StepProposal]:
    return {step.key: step for step in proposal.steps}


def keys_in_order(proposal: Proposal) -> list[str]:
    return [step.key for step in in_order(proposal.steps) if step.mode is not Mode.NOT_NEEDED]


def test_dates_go_onto_the_users_before_the_partner_code_goes_and_our_integration_goes_last(
    propose: Propose,
) -> None:
    assert keys_in_order(propose()) == [
        "retain_history",
        "transfer_admin",
        "transfer_admin:subscription",
        "remove_extensions",
        "end_access",
        "sever_link",
        "retain_history:archive",
        "remove_extensions:integration",
    ]


def test_with_later_the_subscription_administrator_is_replaced_after_severing(propose: Propose) -> None:
    proposal = propose(subscription_administrator="later", subscription_administrator_user="ola")
    step = steps(proposal)["transfer_admin:subscription"]
    assert step.deadline == date(2027, 1, 15)
    assert "sever_link" in step.after
    assert "transfer_admin:subscription" not in predecessors(proposal.steps)["sever_link"]


def test_now_it_is_replaced_before_access_ends(propose: Propose) -> None:
    assert "transfer_admin:subscription" in predecessors(propose().steps)["end_access"]


def test_the_wanted_state_ends_everything_that_can_be_read(propose: Propose) -> None:
    assert propose().wanted == LinkState(
        linked=False,
        administrator=Holder.CLIENT,
        firm_access={"ola": date(2027, 1, 15), "siri": date(2026, 12, 1)},
        integration=False,
    )


def test_moving_the_generation_date_moves_the_users_last_day_and_the_download(propose: Propose) -> None:
    proposal = propose(generation_date="2027-02-10")
    assert proposal.wanted.firm_access == {"ola": date(2027, 2, 10), "siri": date(2026, 12, 1)}
    archive, sever = steps(proposal)["retain_history:archive"], steps(proposal)["sever_link"]
    assert (archive.not_before, archive.date_option) == (date(2027, 2, 11), "generation_date")
    assert sever.deadline == date(2027, 2, 9)


def test_the_download_from_the_archive_does_not_hold_the_gate(propose: Propose) -> None:
    found = steps(propose())
    assert (found["retain_history"].holds_gate, found["retain_history:archive"].holds_gate) == (True, False)


def test_the_swap_of_the_subscription_administrator_is_immediate_and_not_gated(propose: Propose) -> None:
    step = steps(propose())["transfer_admin:subscription"]
    assert Effect.IMMEDIATE in step.effects
    assert not step.gated


@pytest.mark.parametrize("key", ["end_access", "sever_link", "remove_extensions:integration"])
def test_what_takes_access_away_waits_for_the_gate(propose: Propose, key: str) -> None:
    assert steps(propose())[key].gated


@pytest.mark.parametrize(("trust", "mode"), [("documented", Mode.BY_HAND), ("observed", Mode.AUTOMATIC)])
def test_removing_the_integration_is_automatic_only_where_observed_calls_are_trusted(
    propose: Propose, trust: str, mode: Mode
) -> None:
    step = steps(propose(settings={"trust": trust}))["remove_extensions:integration"]
    assert (step.mode, step.moves) == (mode, ("integration",))


def test_everything_documented_is_automatic_with_the_least_trust(propose: Propose) -> None:
    found = steps(propose(settings={"trust": "documented"}))
    automatic = [key for key, step in found.items() if step.mode is Mode.AUTOMATIC]
    assert automatic == ["retain_history", "transfer_admin", "end_access"]


def test_archiving_and_the_subscription_need_nothing_and_say_why(propose: Propose) -> None:
    found = steps(propose())
    for key in ("archive", "settle_billing"):
        assert found[key].mode is Mode.NOT_NEEDED
        assert found[key].reason


def test_without_a_key_of_the_client_s_own_history_comes_by_hand_and_no_integration_is_removed(
    propose: Propose,
) -> None:
    proposal = propose(state=STATE.model_copy(update={"integration": None}), settings={"client_keys": {}})
    found = steps(proposal)
    assert found["retain_history"].mode is Mode.BY_HAND
    assert found["remove_extensions:integration"].mode is Mode.NOT_NEEDED
    assert proposal.wanted.integration is None


def test_with_a_refused_key_history_comes_by_hand(propose: Propose) -> None:
    found = steps(propose(state=STATE.model_copy(update={"integration": False})))
    assert found["retain_history"].mode is Mode.BY_HAND


def test_closing_the_client_is_a_step_only_where_the_client_stops(propose: Propose) -> None:
    assert "settle_billing:client_stops" not in steps(propose())
    step = steps(propose(client_stops=True))["settle_billing:client_stops"]
    assert (step.mode, step.after, step.gated) == (Mode.BY_HAND, ("retain_history",), True)


def test_the_last_day_of_who_keeps_access_is_taken_off_only_after_severing(propose: Propose) -> None:
    assert "end_access:other_partners" not in steps(propose())
    proposal = propose(users_of_other_partners=["siri"])
    step = steps(proposal)["end_access:other_partners"]
    assert (step.mode, step.after, step.deadline, step.gated) == (
        Mode.BY_HAND,
        ("sever_link",),
        date(2027, 1, 15),
        False,
    )
    assert "end_access:other_partners" not in predecessors(proposal.steps)["sever_link"]


def test_after_severing_nothing_is_left_that_needs_the_partner_s_key(propose: Propose) -> None:
    proposal = propose(state=LinkState(linked=False, integration=True))
    found = steps(proposal)
    assert [found[key].mode for key in ("transfer_admin", "end_access")] == [Mode.NOT_NEEDED] * 2
    assert proposal.wanted == LinkState(linked=False, integration=False)


def test_a_request_without_a_generation_date_still_has_a_plan_to_show(propose: Propose) -> None:
    proposal = propose(generation_date=None)
    assert proposal.wanted.firm_access is None
    assert steps(proposal)["retain_history:archive"].not_before is None
