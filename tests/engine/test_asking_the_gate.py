"""Asking the gate costs calls: platforms are observed for it once for all that pass together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from disengage import Done, LinkState, Operation, Provenance, RetryableError, Verb, VerbSpec
from disengage.engine import steering

from tests.builders import a_request
from tests.engine.stage import Stage, a_manifest

CALL = Operation(name="call", call="POST /call", provenance=Provenance.DOCUMENTED, changes=True)
KEEP = VerbSpec(verb=Verb.RETAIN_HISTORY, operations=("call",))
SEVER = VerbSpec(verb=Verb.SEVER_LINK, operations=("call",), moves=("linked",))


@pytest.fixture
def looks() -> Counter[str]:
    return Counter()


@pytest.fixture
def stage(tmp_path: Path, looks: Counter[str]) -> Stage:
    """Give a case on three platforms, approved; of the third no copy can be made."""
    manifest = a_manifest(KEEP, SEVER, operations=(CALL,))
    made = Stage(tmp_path, a=manifest, b=manifest, c=manifest)
    for name, platform in made.platforms.items():
        platform.state = _counting(looks, name)
        platform.act = lambda what: Done(receipt=what)
    made.platforms["c"].act = RetryableError("c: away.")
    made.plan(a_request(), "Kari")
    made.go()
    assert [made.step(f"{name}.sever_link").waits_for for name in "abc"] == ["gate", "gate", "step"]
    looks.clear()
    return made


def _counting(looks: Counter[str], name: str, wrong: Exception | None = None) -> Callable[[], LinkState]:
    def look() -> LinkState:
        looks[name] += 1
        if wrong:
            raise wrong
        return LinkState(linked=True)

    return look


def test_of_all_that_pass_together_one_asks(stage: Stage, looks: Counter[str]) -> None:
    stage.platforms["a"].state = _counting(looks, "a", RetryableError("a: away."))
    stage.platforms["c"].act = stage.platforms["b"].act
    stage.go(hours=1)
    assert stage.step("a.sever_link").waits_for == "gate"
    looks.clear()
    steering.retry(stage.workplace, stage.case_id)
    stage.go()
    assert looks == {"a": 1, "b": 1, "c": 1}
