"""A firm with a clock that is turned by hand and platforms that do as the test says: the engine without DBOS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from disengage import (
    Connector,
    ConnectorType,
    Link,
    LinkState,
    Manifest,
    Proposal,
    Request,
    Sink,
    Verb,
    VerbSpec,
    hookimpl,
)
from disengage.domain.case import Case, Step, Task, TaskState
from disengage.engine import answers, approving, planning
from disengage.engine.worker import Worker
from disengage.engine.workplace import Workplace
from disengage.registry import Registry
from disengage.settings import load

START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
#: More turns than any of these cases takes.
_TURNS = 200


@dataclass
class Platform:
    """What a platform shows and does; a test changes it as it likes.

    Attributes:
        state: What ``observe`` returns, or raises, or calls.
        act: What every verb returns, raises, or calls with the verb's key.
        calls: The verbs that were called, in order, as ``verb`` or ``verb:part``.
        files: What ``retain_history`` writes.
        checks: What ``check_history`` returns, or raises, or calls with the files.
    """

    links: list[Link] = field(default_factory=lambda: [Link(ref="1001", name="Nordlys Kafé AS")])
    state: Any = field(default_factory=lambda: LinkState(linked=True))
    act: Any = None
    propose: Callable[[Connector, Link, Request, LinkState], Proposal] | None = None
    complaints: tuple[str, ...] = ()
    remind: Any = None
    calls: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=lambda: {"ledger.txt": b"1920 Bank"})
    checks: Any = ()

    def does(self, what: str) -> Any:
        self.calls.append(what)
        return _given(self.act, what)


def _given(answer: Any, *arguments: Any) -> Any:
    if isinstance(answer, BaseException):
        raise answer
    return answer(*arguments) if callable(answer) else answer


class Scripted(Connector):
    """A connection whose platform is the test's."""

    platform: ClassVar[Platform]

    @hookimpl
    def find_links(self) -> list[Link]:
        return self.platform.links

    @hookimpl
    def observe(self, link: Link) -> LinkState:
        state: LinkState = _given(self.platform.state)
        return state

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        own = self.platform.propose
        standard = Proposal(wanted=self.wanted(link, request, state), steps=self.steps_from_manifest())
        return own(self, link, request, state) if own else standard

    @hookimpl
    def retain_history(self, sink: Sink) -> Any:
        for name, content in self.platform.files.items():
            sink.write(name, [content])
        return self.platform.does("retain_history")

    @hookimpl
    def check_history(self, files: Mapping[str, Path]) -> Any:
        return _given(self.platform.checks, files)

    @hookimpl
    def check_evidence(self, part: str) -> tuple[str, ...]:
        return self.platform.complaints

    @hookimpl
    def remind(self, receipt: str, number: int) -> Any:
        self.platform.calls.append(f"remind {number} about {receipt}")
        return _given(self.platform.remind)


def _acting(verb: Verb) -> Callable[..., Any]:
    @hookimpl
    def act(self: Scripted, part: str) -> Any:
        return self.platform.does(f"{verb}:{part}" if part else str(verb))

    return act


for _verb in set(Verb) - {Verb.RETAIN_HISTORY, Verb.INVITE_BACK}:
    setattr(Scripted, str(_verb), _acting(_verb))


class Stage:
    """One firm in one folder.

    Args:
        folder: Where configuration and store lie.
        now: The clock's first moment.
        connectors: Connection → manifest; each is a platform of its own.
        policy: Lines of ``[policy]``, and whole tables after them.
        also: Further plugins.
    """

    def __init__(
        self,
        folder: Path,
        now: datetime = START,
        policy: str = "",
        also: Sequence[EntryPoint] = (),
        **connectors: Manifest,
    ) -> None:
        self.now = now
        self.platforms = {name: Platform() for name in connectors}
        module = ModuleType("scripted_plugin")
        types = [_type(name, manifest, self.platforms[name]) for name, manifest in connectors.items()]
        module.connector_types = hookimpl(_offering(types))  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module
        tables = "".join(f'[connections.{name}]\nconnector = "{name}"\n' for name in connectors)
        firm = '[firm]\nname = "Fjord Regnskap AS"\ncountry = "NO"\ntime_zone = "Europe/Oslo"\n'
        (folder / "disengage.toml").write_text(f"{firm}[policy]\n{policy}\n{tables}", encoding="utf-8")
        registry = Registry([EntryPoint("scripted", module.__name__, "disengage"), *also])
        self.workplace = Workplace(load(folder / "disengage.toml"), create=True, now=self._tick, registry=registry)
        self.workplace.vault.prepare()
        self._worker = Worker(self.workplace)
        self.case_id = ""

    def _tick(self) -> datetime:
        """Tell the time, which is never the same twice, as real clocks do."""
        self.now += timedelta(microseconds=1)
        return self.now

    @property
    def case(self) -> Case:
        return self.workplace.store.case(self.case_id)

    def step(self, step_id: str) -> Step:
        return self.case.step(step_id)

    def plan(self, request: Request, *approvers: str) -> Case:
        case = planning.plan(self.workplace, request)
        self.case_id = case.id
        for who in approvers:
            case = approving.approve(self.workplace, case.id, who)
        return case

    def go(self, **later: float) -> Case:
        """Let time pass (``days=1``), and have everything done that is due by then, in order."""
        self.now += timedelta(**later)
        for _ in range(_TURNS):
            due = [wake for wake in self.workplace.store.unsent_wakes(limit=100) if wake.at <= self.now]
            if not due:
                return self.case
            self.workplace.store.sent(due)
            for wake in due:
                while self._worker.advance(wake.case, wake.what):  # a segment does step after step
                    pass
        raise AssertionError("the case does not come to rest")

    def crash(self, what: str) -> None:
        """Leave a mark as a process leaves it that is killed in the middle of ``what``."""
        with self.workplace.store.change(self.case_id) as work:
            work.case = work.case.with_step(work.case.step(what).model_copy(update={"acting_since": self.now}))

    def open_tasks(self) -> list[Task]:
        return [task for task in self.case.tasks if task.state is TaskState.OPEN]

    def answer(self, **values: str) -> Case:
        (task,) = self.open_tasks()
        return answers.done(self.workplace, task.id, "Ola", values=values)

    def close(self) -> None:
        self.workplace.__exit__(None, None, None)
        sys.modules.pop("scripted_plugin", None)


def _type(name: str, manifest: Manifest, platform: Platform) -> ConnectorType:
    kind = type(f"Scripted{name.title()}", (Scripted,), {"manifest": manifest, "platform": platform})
    return ConnectorType(name=name, connector=kind)


def _offering(types: list[ConnectorType]) -> Callable[[], list[ConnectorType]]:
    def connector_types() -> list[ConnectorType]:
        return types

    return connector_types


def a_manifest(*verbs: VerbSpec, **more: Any) -> Manifest:
    return Manifest(platform="Scripted", vendor="Nobody", verbs=verbs, **more)
