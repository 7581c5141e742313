"""The real engine, with a clock that is turned by hand, on one connector and its simulator."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

from disengage import Connector, hookimpl
from disengage.domain.case import Case, Task, TaskKind, TaskState
from disengage.domain.lifecycle import STUCK
from disengage.engine import answers, approving, planning, steering
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.registry import Registry
from disengage.settings import load
from disengage.testing.subject import Subject

from tests.testing.tiny import TinySimulator, offered

_FIRM = '[firm]\nname = "Fjord Regnskap AS"\ncountry = "NO"\ntime_zone = "Europe/Oslo"\n'
_TURNS, _ROUNDS = 200, 20


class RealEngine:
    """One case, from the plan to its end.

    Args:
        folder: An empty one.
        connector: The connector's class.
        simulator: Its platform, serving.
    """

    def __init__(self, folder: Path, connector: type[Connector], simulator: TinySimulator) -> None:
        self.simulator, self.now = simulator, datetime.now(UTC)
        module = ModuleType("tiny_plugin")
        module.connector_types = hookimpl(_offer(connector))  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
        table = f"[connections.tiny]\n{simulator.configuration(folder)}"
        (folder / "disengage.toml").write_text(f"{_FIRM}{table}", encoding="utf-8")
        registry = Registry([EntryPoint("tiny", module.__name__, "disengage")])
        self.workplace = Workplace(load(folder / "disengage.toml"), create=True, now=self._tick, registry=registry)
        self.workplace.vault.prepare()
        self._worker = Worker(self.workplace)
        request = Subject(offered(connector), TinySimulator).request(simulator.example())
        self.case_id = planning.plan(self.workplace, request).id
        approving.approve(self.workplace, self.case_id, "Anna Ansvarlig")

    def _tick(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    @property
    def case(self) -> Case:
        return self.workplace.store.case(self.case_id)

    def end(self) -> Case:
        """Go on until nothing is left, as time passes and people answer what they are asked."""
        for _ in range(_ROUNDS):
            self._turn()
            if self.case.over:
                break
            for task in self.case.tasks:
                if task.state is TaskState.OPEN:
                    self._answer(task)
            for step in self.case.steps:
                if step.state in STUCK:
                    steering.retry(self.workplace, self.case_id, step.id)
            self.now += timedelta(hours=1)
        return self.case

    def _turn(self) -> None:
        for _ in range(_TURNS):
            due = [wake for wake in self.workplace.store.unsent_wakes(limit=100) if wake.at <= self.now]
            if not due:
                return
            self.workplace.store.sent(due)
            for wake in due:
                while self._worker.advance(wake.case, wake.what):
                    pass
        raise AssertionError("the case does not come to rest")

    def _answer(self, task: Task) -> None:
        if task.kind is TaskKind.FIND_OUT:
            word = {"archive": "archived", "sever_link": "cut"}[self.case.step(task.step).verb]
            happened = any(effect.endswith(word) for effect in self.simulator.effects)
            values = {"happened": "yes" if happened else "no"}
        else:
            values = {"seen_on": "2026-11-22"}
        answers.done(self.workplace, task.id, "Per Person", values=values)

    def close(self) -> None:
        self.workplace.__exit__(None, None, None)
        sys.modules.pop("tiny_plugin", None)


def _offer(connector: type[Connector]):  # type: ignore[no-untyped-def]
    def connector_types():  # type: ignore[no-untyped-def]
        return [offered(connector)]

    return connector_types
