"""A firm whose case is over, with one bag in its vault, and whose clock is turned by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from disengage import Done, LinkState, Operation, Provenance, Verb, VerbSpec

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
KEEP = VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("call",))
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))
#: The books of 2026 are kept in Norway through 2031.
DUE = datetime(2032, 1, 1, 9, 0, tzinfo=UTC)

Stages = Callable[..., Stage]


def closing(stage: Stage) -> None:
    """Let the platform do as it is told, so that the case comes to its end."""
    platform = stage.platforms["crm"]

    def act(what: str) -> Done:
        platform.state = LinkState(linked=what != "sever_link")
        return Done(receipt=what)

    platform.act = act


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stages]:
    """Give a maker of stages: ``stage()`` is one whose case is closed; ``stage(over=False)`` only planned."""
    made: list[Stage] = []

    def make(*, over: bool = True, policy: str = "", **request: Any) -> Stage:
        one = Stage(tmp_path, policy=f"watch_days = 0\n{policy}", crm=a_manifest(KEEP, SEVER, operations=(CALL,)))
        made.append(one)
        closing(one)
        ending = {"ends_on": date(2026, 12, 31), **request.pop("ending", {})}
        one.plan(a_request(ending=ending, **request), *(["Kari"] if over else []))
        if over:
            one.go()
            assert one.case.state == "closed"
        return one

    yield make
    for one in made:
        one.close()


@pytest.fixture
def closed(stage: Stages) -> Stage:
    """Give a firm whose case was closed long ago: its bag may be destroyed."""
    one = stage()
    one.now = DUE
    return one
