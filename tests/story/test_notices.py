"""Who listens to events cannot hold a step back, whatever they do."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from disengage.cli.simulating import simulated
from disengage.engine import planning
from disengage.engine.workplace import Workplace
from disengage.registry import Registry
from disengage.requests import read_requests
from disengage.settings import load

from tests.office import Office

LISTENER = """
import threading
from disengage import hookimpl

heard = []

@hookimpl
def on_event(event):
    heard.append(event["kind"])
    if event["kind"] == "case_opened":
        threading.Event().wait()
"""


def test_a_listener_that_hangs_holds_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hanging_listener.py").write_text(LISTENER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("disengage.registry.LOAD_SECONDS", 0.2)
    monkeypatch.setattr("disengage.engine.notices.LAST_WORDS", 1.0)
    point = EntryPoint("listener", "hanging_listener", "disengage")
    with simulated(tmp_path) as simulation:
        office = Office(tmp_path, simulation)
        office.set_up()
        for name, value in simulation.environment().items():
            monkeypatch.setenv(name, value)
        (tmp_path / "disengage.toml").write_text(
            simulation.configuration().partition("[connections.")[0], encoding="utf-8"
        )
        ((_, request),) = read_requests([_without_options(tmp_path / "request.toml")])
        with Workplace(load(tmp_path / "disengage.toml"), create=True, registry=Registry([point])) as workplace:
            case = planning.plan(workplace, request)
        import hanging_listener  # found through the path that was put in place above

    assert case.blockers
    assert hanging_listener.heard == ["case_opened", "planned"]


def _without_options(path: Path) -> Path:
    text = path.read_text(encoding="utf-8").partition("[options")[0].replace("references = ", "# ")
    path.write_text(text, encoding="utf-8")
    return path
