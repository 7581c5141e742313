"""A closed case is looked at again for a while; what came back is shown, never ended a second time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from disengage import Done, LinkState, Operation, Provenance, RetryableError, Verb, VerbSpec

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
CUT, BACK = LinkState(linked=False), LinkState(linked=True)


@pytest.fixture
def closed(stage: Callable[..., Stage]) -> Stage:
    made = stage(crm=a_manifest(SEVER, operations=(CALL,)), policy="watch_days = 10")
    platform = made.platforms["crm"]

    def cut(what: str) -> Done:
        platform.state = CUT
        return Done(receipt=what)

    platform.act = cut
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    made.go()
    assert made.case.state == "closed"
    return made


def _told(stage: Stage) -> list[str]:
    events = stage.workplace.store.events(stage.case_id)
    return [event.kind for event in events if event.kind in ("came_back", "as_wanted_again")]


def _codes(stage: Stage) -> list[str]:
    return [finding.code for finding in stage.case.findings]


def test_a_link_that_came_back_opens_one_finding_and_is_not_cut_again(closed: Stage) -> None:
    closed.platforms["crm"].state = BACK
    for _ in range(3):
        closed.go(days=1)
    assert (_told(closed), _codes(closed)) == (["came_back"], ["came_back:crm.sever_link"])
    assert (closed.platforms["crm"].calls, closed.case.state) == (["sever_link"], "closed")


def test_a_link_that_went_again_closes_the_finding(closed: Stage) -> None:
    closed.platforms["crm"].state = BACK
    closed.go(days=1)
    closed.platforms["crm"].state = CUT
    closed.go(days=1)
    assert (_told(closed), _codes(closed)) == (["came_back", "as_wanted_again"], [])


@pytest.mark.parametrize("silence", [LinkState(), RetryableError("busy")], ids=["cannot tell", "does not answer"])
def test_a_platform_that_says_nothing_proves_nothing(closed: Stage, silence: object) -> None:
    closed.platforms["crm"].state = BACK
    closed.go(days=1)
    closed.platforms["crm"].state = silence
    closed.go(days=1)
    assert (_told(closed), _codes(closed)) == (["came_back"], ["came_back:crm.sever_link"])


def test_the_watch_ends_after_the_time_the_firm_set(closed: Stage) -> None:
    for _ in range(12):
        closed.go(days=1)
    assert closed.workplace.store.unsent_wakes() == []
    closed.platforms["crm"].state = BACK
    closed.go(days=1)
    assert _told(closed) == []
