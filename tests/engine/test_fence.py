"""Whoever lost the hold on a link in the middle of a step neither writes nor goes on; the next one looks first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from disengage import Done, LinkState, Operation, Provenance, Verb, VerbSpec
from disengage.errors import StoreError
from disengage.store.holds import Hold

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
STEP = "crm.sever_link"


def test_a_step_whose_hold_is_lost_while_it_acts_is_left_as_it_is_and_looked_at_by_the_next(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(crm=a_manifest(SEVER, operations=(CALL,)))
    platform = made.platforms["crm"]

    def act(verb: str) -> Done:
        platform.state = LinkState(linked=False)
        return Done(receipt="cut")

    def keep(hold: Hold) -> None:
        if platform.calls:
            raise StoreError("The hold on a link was lost.")

    platform.act = act
    with monkeypatch.context() as patch:
        patch.setattr(Hold, "keep", keep)
        made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
        with pytest.raises(StoreError):
            made.go()
        left = made.step(STEP)
        assert (left.state, left.acting_since is None) == ("running", False)
    with made.workplace.store.change(made.case_id) as work:
        work.wake("crm", made.now)
    made.go(minutes=10)
    assert (made.step(STEP).proof, platform.calls) == ("verified", ["sever_link"])
