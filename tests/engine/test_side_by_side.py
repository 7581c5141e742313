"""Links are worked on side by side, and nothing one of them writes gets in the way of another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from disengage import Instructions, Link, LinkState, Verb, VerbSpec
from disengage.engine import people
from disengage.engine.worker import Worker

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

BY_HAND = Instructions(verb=Verb.TRANSFER_ADMIN, title="Hand over", language="en", steps=("Click.",))
HANDOVER = VerbSpec(verb=Verb.TRANSFER_ADMIN, moves=("administrator",), by_hand=BY_HAND)


def test_links_that_ask_people_at_the_same_moment_get_a_task_each(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(crm=a_manifest(HANDOVER))
    made.platforms["crm"].links = [Link(ref="1", scope="a"), Link(ref="1", scope="b")]
    made.platforms["crm"].state = LinkState()
    made.plan(a_request(ending={"ends_on": date(2026, 12, 31)}), "Kari")
    together, instructions = Barrier(2), people._instructions

    def at_the_same_moment(*given: object) -> Instructions:
        together.wait(10)
        return instructions(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(people, "_instructions", at_the_same_moment)
    worker = Worker(made.workplace)
    worker.advance(made.case_id, "@review")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda link: worker.advance(made.case_id, link), ["crm.a", "crm.b"]))
    assert sorted(task.id for task in made.open_tasks()) == [f"{made.case_id}-1", f"{made.case_id}-2"]
