"""An office with few, quick connections, and short words for what its people do at the command line."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from disengage.cli.simulating import Simulation
from disengage.testing import Simulator, parse_faults
from disengage_banqup.simulator import BanqupSimulator
from disengage_generic_csv.simulator import TableSimulator

from tests.office import Answer, Office

#: How the paths end at which tokens are handed out.
TOKENS = ("/gettoken", "/Token")


@dataclass
class Desk(Office):
    """An office whose commands all run inside the test's process, ``run`` too.

    Attributes:
        secrets: Environment variables that are set differently, or not at all where None.
    """

    secrets: dict[str, str | None] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        merged = {**super().environment, **self.secrets}
        return {name: value for name, value in merged.items() if value is not None}

    def call(self, *arguments: str) -> Answer:
        return self._inside(*arguments)

    # what is written into files

    def configure(self, old: str, new: str) -> None:
        """Replace a text of the configuration, which must be there."""
        self._replace("disengage.toml", old, new)

    def add_configuration(self, text: str) -> None:
        file = self.folder / "disengage.toml"
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")

    def drop_configuration(self, *beginnings: str) -> None:
        """Take out of the configuration the lines that begin so."""
        file = self.folder / "disengage.toml"
        kept = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(beginnings)]
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")

    def ask(self, old: str, new: str) -> None:
        """Replace a text of the request, which must be there."""
        self._replace("request.toml", old, new)

    def _replace(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text, text
        file.write_text(text.replace(old, new), encoding="utf-8")

    # what is called

    def plan(self) -> dict[str, Any]:
        """Plan the request; return its case, whether blocked or not."""
        answer = self.call("plan", "request.toml", "--json")
        assert answer.code in (0, 3), answer.err
        case: dict[str, Any] = answer.json()["cases"][0]
        return case

    def run(self, case: str) -> Answer:
        return self.call("run", case, "--json")

    def refused(self, code: int, *arguments: str) -> str:
        """Call a command that is refused; return its one message.

        It must say the same to people and to programs, with a remedy, and print nothing else.
        """
        plain, answer = self.call(*arguments), self.call(*arguments, "--json")
        assert (plain.code, answer.code) == (code, code), plain.out + plain.err
        error = answer.json()["error"]
        assert error["remedy"]
        assert plain.out == ""
        assert plain.err == f"disengage: {error['message']}\n           {error['remedy']}\n"
        message: str = error["message"]
        return message

    def open_task(self, step: str) -> dict[str, Any]:
        """Return the one open task of a step, whole."""
        (found,) = [task for task in self.call("tasks", "--json").json()["tasks"] if task["step"] == step]
        task: dict[str, Any] = self.call("task", "show", found["id"], "--json").json()
        return task

    def bring(self, step: str) -> None:
        """Do the open task of a step."""
        self.answer_task(self.open_task(step)["id"])

    def stands(self, case: str) -> dict[str, tuple[str, str | None]]:
        """Return state and what is waited for, of every step that is needed."""
        steps = self.show(case)["steps"]
        return {s["id"]: (s["state"], s["waits_for"]) for s in steps if s["mode"] != "not_needed"}

    # what the platforms saw

    def platform(self, connection: str) -> Any:
        return self.simulation.simulators[connection]

    def misbehave(self, faults: str) -> None:
        """Let the simulators have faults from now on; none for an empty text."""
        for simulator in self.simulation.simulators.values():
            simulator.faults.clear()
            for fault in parse_faults(faults, simulator.name):
                simulator.faults.add(fault)

    def changing(self, connection: str = "banqup") -> list[str]:
        """Return the changing calls that a platform received, tokens apart, in their order."""
        calls = self.platform(connection).changing_calls()
        return [f"{method} {path.rpartition('/')[2]}" for method, path in calls if not path.endswith(TOKENS)]

    def calls_at(self, connection: str = "banqup") -> list[str]:
        """Return every call that a platform received with what it answered, tokens apart."""
        journal = [e for e in self.platform(connection).journal if not e.path.endswith(TOKENS)]
        return [f"{e.method} {e.path.partition('?')[0].rpartition('/')[2]} {e.status}" for e in journal]

    def rows_written(self) -> list[dict[str, str]]:
        """Return the rows of the table's change file."""
        file = self.folder / "simulated-table" / "changes.csv"
        if not file.exists():
            return []
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.DictReader(opened, delimiter=";"))

    def assert_nothing_was_changed(self) -> None:
        """See that no platform was told to change anything."""
        for name, simulator in self.simulation.simulators.items():
            assert (self.changing(name), simulator.effects) == ([], [])
        assert self.rows_written() == []

    # what is kept

    @property
    def store(self) -> Path:
        return self.folder / "disengage.db"

    def sql(self, statement: str) -> list[Any]:
        with sqlite3.connect(self.store) as connection:
            found = connection.execute(statement).fetchall()
        connection.close()
        return found

    def bags(self) -> list[str]:
        """Return the bags in the vault, by their paths in it."""
        vault = self.folder / "vault"
        return sorted(file.parent.relative_to(vault).as_posix() for file in vault.rglob("bagit.txt"))


@contextmanager
def at_work(folder: Path, store: Path | None = None, **simulators: Simulator) -> Iterator[Desk]:
    """Give a desk in ``folder`` with a connection to each simulator, by its name.

    Args:
        folder: An empty folder.
        store: A folder with an empty store, whose tables then need not be made anew.
        simulators: By the connection's name.
    """
    with ExitStack() as stack:
        if store:
            shutil.copytree(store, folder, dirs_exist_ok=True)
        for simulator in simulators.values():
            stack.enter_context(simulator)
        desk = Desk(folder, Simulation(simulators, folder))
        desk.set_up()
        yield desk


def bank_and_table() -> dict[str, Simulator]:
    return {"banqup": BanqupSimulator(), "crm": TableSimulator()}


def codes(case: dict[str, Any], severity: str = "blocker") -> set[tuple[str, str | None]]:
    """Return code and connection of a case's findings."""
    return {(f["code"], f["connection"]) for f in case["findings"] if f["severity"] == severity}
