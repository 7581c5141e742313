"""The suite as an author meets it: a subclass in a file of tests, run by pytest alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from disengage.errors import PluginError
from disengage.testing import ConnectorContract, contract
from disengage.testing.faultcases import FaultCases

from tests.testing.tiny import Tiny, TinySimulator, offered

ROOT = Path(__file__).resolve().parents[2]
A_TEST_FILE = """
from disengage.testing import ConnectorContract
from tests.testing.tiny import Tiny, TinySimulator, offered


class TestTinyContract(ConnectorContract):
    connector_type = offered(Tiny)
    simulator = TinySimulator
"""


def _cases(most: int) -> FaultCases:
    given = {"connector_type": offered(Tiny), "simulator": TinySimulator, "most_cases": most}
    suite = type("TestTiny", (ConnectorContract,), given)
    try:
        return contract._stage(suite()).faults
    finally:
        contract._STAGES.pop(suite).close()


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_tiny.py").write_text(A_TEST_FILE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(folder), "test_tiny.py"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_subclass_gets_the_tests_that_are_chosen_and_says_how_many_cases_it_ran(tmp_path: Path) -> None:
    done = _pytest(tmp_path, "-k", "manifest or timeout")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"TestTinyContract: \d+ fault cases at \d+ exchanges$", done.stdout, re.MULTILINE)
    assert "3 passed" in done.stdout


def test_a_subclass_cannot_bend_the_contract() -> None:
    with pytest.raises(TypeError, match="test_twice_is_once"):
        type("TestBent", (ConnectorContract,), {"test_twice_is_once": lambda self: None})


def test_a_connector_that_is_not_installed_is_named() -> None:
    suite = type("TestNobody", (ConnectorContract,), {"connector": "nobody"})
    with pytest.raises(PluginError, match="'nobody'"):
        suite().test_the_manifest_is_complete()


def test_what_is_sampled_is_always_the_same_and_holds_every_call_that_changes_something() -> None:
    everything, some, again = _cases(0), _cases(100), _cases(100)
    assert everything.possible == some.possible == sum(map(len, everything.chosen.values()))
    assert sum(map(len, some.chosen.values())) == 100
    assert _names(some) == _names(again)
    assert {("timeout", "sever_link tiny", 2), ("503", "archive tiny", 2)} <= _names(some)


def _names(cases: FaultCases) -> set[tuple[str, str, int]]:
    return {(way, case.unit.name, case.number) for way, chosen in cases.chosen.items() for case in chosen}


def test_loading_the_simulators_loads_neither_pytest_nor_the_network() -> None:
    code = "import sys, disengage.testing; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert {"pytest", "httpx", "pluggy", "stdnum"}.isdisjoint(loaded)


def test_everything_that_is_exported_is_there() -> None:
    import disengage.testing

    assert all(getattr(disengage.testing, name) for name in disengage.testing.__all__)
    with pytest.raises(AttributeError):
        disengage.testing.Nothing  # type: ignore[attr-defined]  # noqa: B018 -- the access is the test
