"""A firm for tests: simulators on loopback, a configuration, and the command line as its users call it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from disengage.cli import main
from disengage.cli.simulating import Simulation

COMMAND = [sys.executable, "-c", "from disengage.cli import main; main()"]


@dataclass
class Answer:
    """What one command printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Played:
    """What a person brings back from a platform: files by key, with their names, and everything else by key."""

    files: dict[str, tuple[str, bytes]]
    values: dict[str, str]


@dataclass
class Office:
    """One firm in one folder.

    Attributes:
        folder: Where disengage.toml is.
        simulation: The running simulators.
        given: What a person brought back, for later comparison.
    """

    folder: Path
    simulation: Simulation
    given: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.simulation.environment(), "DISENGAGE_CONFIG": str(self.folder / "disengage.toml")}

    def set_up(self, *, ends_on: date | None = None, store: str | None = None) -> None:
        """Write the configuration and a request that fits all simulators."""
        text = self.simulation.configuration()
        if store:
            text = text.replace("sqlite:///disengage.db", store)
        (self.folder / "disengage.toml").write_text(text, encoding="utf-8")
        request = self.simulation.request(ends_on or datetime.now(UTC).date() - timedelta(days=2))
        (self.folder / "request.toml").write_text(request, encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and return it running."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str) -> Answer:
        """Run a command that does no work on platforms inside this process, which is quicker; others as a process."""
        return self.process(*arguments) if arguments[0] in ("run", "demo", "simulate") else self._inside(*arguments)

    def _inside(self, *arguments: str) -> Answer:
        out, err, code = io.StringIO(), io.StringIO(), 0
        with self._here(*arguments), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Answer(code, out.getvalue(), err.getvalue())

    @contextlib.contextmanager
    def _here(self, *arguments: str) -> Iterator[None]:
        before, argv = dict(os.environ), sys.argv
        os.environ.update(self.environment)
        sys.argv = ["disengage", *arguments]
        try:
            with contextlib.chdir(self.folder):
                yield
        finally:
            sys.argv = argv
            os.environ.clear()
            os.environ.update(before)

    def process(self, *arguments: str, timeout: float = 120) -> Answer:
        """Run a command to its end as a process of its own."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        assert "Traceback" not in err, err
        return Answer(process.returncode, out, err)

    def planned(self, request: str = "request.toml") -> str:
        """Plan and approve a request; return the case's id."""
        answer = self.call("plan", request, "--json")
        assert answer.code == 0, answer.out + answer.err
        case: str = answer.json()["cases"][0]["case"]
        for who in ("Anna Ansvarlig", "Berit Bokholder")[: answer.json()["cases"][0]["plan"]["needed"]]:
            assert self.call("approve", case, "--by", who).code == 0
        return case

    def show(self, case: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("show", case, "--json").json()
        return found

    def steps(self, case: str) -> dict[str, dict[str, Any]]:
        return {step["id"]: step for step in self.show(case)["steps"]}

    def answer_tasks(self) -> int:
        """Do every open task on the simulators, and say so; return how many there were."""
        tasks = self.call("tasks", "--json").json()["tasks"]
        for task in tasks:
            self.answer_task(task["id"])
        return len(tasks)

    def answer_task(self, task_id: str) -> Answer:
        task = self.call("task", "show", task_id, "--json").json()
        played = self.play(task)
        arguments = [part for item in task["bring"] for part in self._bring(task, item, played)]
        answer = self.call("task", "done", task_id, "--by", "Per Person", *arguments)
        assert answer.code == 0, answer.err
        return answer

    def play(self, task: dict[str, Any]) -> Played:
        """Do on the simulator what the task asks a person to do on the platform; return what comes back from it."""
        case = self.show(task["case"])
        step = next(step for step in case["steps"] if step["id"] == task["step"])
        link = next(link for link in case["links"] if link["link"] == step["link"])
        verb, _, part = step["id"].removeprefix(f"{link['link']}.").partition(".")
        simulator: Any = self.simulation.simulators[task["connection"]]
        if hasattr(simulator, "play"):
            simulator.play(verb, part, link["reference"], link["scope"])
        files = getattr(simulator, "files", None)
        values = getattr(simulator, "values", None)
        told = dict(values(verb, part)) if values else {}
        if task["connection"] == "clearfacts" and verb == "sever_link":
            told["happened"] = "yes" if simulator.effects else "no"  # a look into support's mailbox
        return Played(files(verb, part) if files else {}, told)

    def _bring(self, task: dict[str, Any], item: dict[str, Any], played: Played) -> list[str]:
        if item["kind"] == "file":
            words = f"brought back for {task['step']}\n".encode()
            name, content = played.files.get(item["key"], (f"{item['key']}.txt", words))
            path = self.folder / f"{task['id']}-{name}"
            path.write_bytes(content)
            return ["--evidence", f"{item['key']}={path}"]
        usual = {"choice": (item["choices"] or [""])[0], "date": "2026-11-22", "number": "1"}.get(item["kind"], "seen")
        return ["--value", f"{item['key']}={played.values.get(item['key'], usual)}"]

    def others_act(self) -> None:
        """Let the client accept invitations, the table's system import its changes, and support do its work."""
        for simulator in self.simulation.simulators.values():
            for name in ("accept_invitations", "apply_changes", "support_acts_if_asked"):
                act = getattr(simulator, name, None)
                if act is not None:
                    act()

    def finish(self, case: str, *, rounds: int = 10) -> dict[str, Any]:
        """Run and answer until only dates are waited for."""
        for _ in range(rounds):
            self.call("run", case)
            found = self.show(case)
            if all(s["state"] in ("done", "skipped") or s["waits_for"] == "date" for s in found["steps"]):
                return found
            self.answer_tasks()
            self.others_act()
            self.call("retry", case)
        left = [(s["id"], s["state"], s["waits_for"], s["outcome"]) for s in found["steps"] if s["waits_for"]]
        raise AssertionError((left, found["plan"], [f for f in found["findings"] if f["severity"] != "notice"]))

    def effects(self) -> dict[str, list[str]]:
        return {name: sorted(simulator.effects) for name, simulator in self.simulation.simulators.items()}
