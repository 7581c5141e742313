"""A kind of notification whose receiver is the test's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any, ClassVar

from disengage import hookimpl
from disengage.notifier import Notifier, NotifierType

MODULE = "paging_plugin"
POINT = EntryPoint("paging", MODULE, "disengage")
Notice = Mapping[str, Any]


@dataclass
class Switchboard:
    """What every pager was told, and what goes wrong.

    Attributes:
        told: Name → the notices it took, in order.
        fails: Name → what it raises, or calls with the notice before it takes it.
    """

    told: dict[str, list[Notice]] = field(default_factory=dict)
    fails: dict[str, BaseException | Callable[[Notice], object]] = field(default_factory=dict)

    def kinds(self, name: str = "oncall") -> list[str]:
        return [str(notice["kind"]) for notice in self.told.get(name, [])]

    def take(self, name: str, notice: Notice) -> None:
        trouble = self.fails.get(name)
        if isinstance(trouble, BaseException):
            raise trouble
        if trouble is not None:
            trouble(notice)
        self.told.setdefault(name, []).append(notice)


class Pager(Notifier):
    board: ClassVar[Switchboard]

    def send(self, notice: Notice) -> None:
        self.board.take(self.around.connection.removeprefix("notifications."), notice)


def plugged_in() -> Switchboard:
    """Put the plugin where an import finds it, and return its switchboard."""
    board = Switchboard()
    module = ModuleType(MODULE)
    kind = type("OwnPager", (Pager,), {"board": board})

    def notifier_types() -> list[NotifierType]:
        return [NotifierType(name="page", notifier=kind)]

    module.notifier_types = hookimpl(notifier_types)  # type: ignore[attr-defined]
    sys.modules[MODULE] = module
    return board


def pagers(*names: str, events: str = "") -> str:
    """Return their tables in the configuration; ``events`` as it stands in TOML."""
    told = f"events = {events}\n" if events else ""
    return "".join(f'[notifications.{name}]\nkind = "page"\n{told}' for name in names)
