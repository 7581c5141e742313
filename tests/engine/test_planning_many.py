"""Many requests are planned side by side, and what concerns one case in the order in which it was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from disengage import LinkState, Operation, Provenance, Request, Verb, VerbSpec
from disengage.engine.planall import plan_all

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
#: As many requests as have to wait for each other before any of them goes on.
MANY = 4


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, crm=a_manifest(SEVER, operations=(CALL,)))


def asked(name: str, reason: str = "moved-to-other-firm") -> Request:
    client = {"name": name, "country": "NO", "identifiers": {}}
    return a_request(client=client, ending={"ends_on": date(2026, 12, 31), "reason": reason})


def meeting(parties: int) -> Callable[[], LinkState]:
    barrier = Barrier(parties)

    def look() -> LinkState:
        barrier.wait(30)
        return LinkState(linked=True)

    return look


def test_a_platform_is_asked_about_several_clients_at_a_time(stage: Stage) -> None:
    stage.platforms["crm"].state = meeting(MANY)
    names = [f"Nordlys {number} AS" for number in range(MANY)]
    cases = plan_all(stage.workplace, [(name, asked(name)) for name in names])
    assert [case.request.client.name for case in cases] == names
    assert [len(case.steps) for case in cases] == [1] * MANY


def test_of_two_requests_for_the_same_ending_the_second_is_the_one_that_stands(stage: Stage) -> None:
    both = [asked("Nordlys 1 AS", reason) for reason in ("client-stopped", "firm-resigned")]
    first, second = plan_all(stage.workplace, [(str(number), request) for number, request in enumerate(both)])
    assert first.id == second.id
    assert stage.workplace.store.case(first.id).request == both[1]
