"""What the suite does with a step is what the engine does: the same calls, the same effects, the same proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import disengage.http.client
import pytest
from disengage import Connector, LinkState, Verb
from disengage.domain.evidence import Proof
from disengage.http.trial import Trial
from disengage.testing import Fault
from disengage.testing.bench import Bench
from disengage.testing.ears import Ears
from disengage.testing.rehearsal import rehearse
from disengage.testing.subject import Subject

from tests.testing.real_engine import RealEngine
from tests.testing.tiny import TOKEN, Tiny, TinySimulator, offered, revised


class Blind(Tiny):
    """Nothing shows what it has done."""

    manifest = revised(verbs={Verb.ARCHIVE: {"moves": ()}, Verb.SEVER_LINK: {"moves": ()}})

    def wanted(self, link: Any, request: Any, state: LinkState) -> LinkState:
        return LinkState()


Told = tuple[list[tuple[str, str, int]], list[str], dict[str, Proof | None]]

FAULTS: dict[str, Callable[[], Fault]] = {
    "undisturbed": lambda: Fault("latency", value=0, times=1),
    "lost": lambda: Fault("lost", times=1, path="/archive"),
    "reset": lambda: Fault("reset", times=1, path="/archive"),
    "500 to a change": lambda: Fault("500", times=1, path="/cut"),
    "503": lambda: Fault("503", times=1, path="/cut"),
    "403": lambda: Fault("403", times=1, path="/cut"),
    "409": lambda: Fault("409", times=1, path="/cut"),
    "malformed": lambda: Fault("malformed", times=1, path="/cut"),
    "redirect": lambda: Fault("redirect", times=1, path="/archive"),
    "500 to a read": lambda: Fault("500", times=1, path="/papers"),
    "no papers": lambda: Fault("409", times=1, path="/papers"),
}


def _rehearsed(folder: Path, connector: type[Connector], fault: Fault) -> Told:
    subject = Subject(offered(connector), TinySimulator)
    with Bench(subject, folder / "bench", Ears("tests")) as bench:
        bench.simulator.faults.add(fault)
        told = rehearse(bench, retries=1)
        assert told.complaints == []
        proofs = {ended.step.id: ended.proof for ended in told.steps}
        return _changes(bench.simulator), told.effects, proofs


def _carried_out(folder: Path, connector: type[Connector], fault: Fault) -> Told:
    with TinySimulator() as simulator:
        simulator.faults.add(fault)
        engine = RealEngine(folder, connector, simulator)
        try:
            case = engine.end()
        finally:
            engine.close()
        assert case.over, [(step.id, step.state, step.outcome) for step in case.steps]
        done = {step.id: step.proof for step in case.steps if step.attempts}
        return _changes(simulator), simulator.effects, done


def _changes(simulator: Any) -> list[tuple[str, str, int]]:
    return [(entry.method, entry.path, entry.status) for entry in simulator.journal if entry.method != "GET"]


@pytest.fixture(autouse=True)
def _one_attempt_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_TOKEN", TOKEN)
    trial = Trial(watch=lambda call, send: send())
    held = disengage.http.client.current
    monkeypatch.setattr(disengage.http.client, "current", lambda: held() or trial)


@pytest.mark.parametrize("connector", [Tiny, Blind])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_suite_and_the_engine_do_the_same(tmp_path: Path, connector: type[Connector], fault: str) -> None:
    assert _rehearsed(tmp_path, connector, FAULTS[fault]()) == _carried_out(tmp_path, connector, FAULTS[fault]())
