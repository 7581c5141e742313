"""Run the contract suite on a connector inside this process, and say which of its tests fail, with what words."""

from __future__ import annotations

import inspect
from collections.abc import Collection

import pytest
from disengage import Connector
from disengage.testing import ConnectorContract, contract
from disengage.testing.ways import WAYS

from tests.testing.tiny import TinySimulator, offered

FAULTS = "a_fault_at_any_exchange_changes_nothing_in_the_end"
FIFTY = "fifty_links_at_once_obey_the_limit"
KIT = "every_call_goes_through_the_http_kit"
SECRECY = "nothing_secret_and_nobody_is_named"
ALL_WAYS = tuple(way.name for way in WAYS)
#: Enough to tell wrong connectors by.
SOME_WAYS = ("reset after", "503", "404", "wrong type", "redirect")


def failing(
    connector: type[Connector], *, without: Collection[str] = (), ways: Collection[str] = SOME_WAYS
) -> dict[str, str]:
    """Return the suite's tests that fail, by their names without ``test_``, and what they say.

    Args:
        connector: The connector's class.
        without: Tests that are left out, because they take long.
        ways: The ways to fail that are tried.
    """
    given = {"connector_type": offered(connector), "simulator": TinySimulator, "most_cases": 0}
    suite = type("TestTiny", (ConnectorContract,), given)
    tests = [name.removeprefix("test_") for name in dir(suite) if name.startswith("test_")]
    try:
        found = {name: _said(suite(), name, ways) for name in tests if name not in without}
    finally:
        contract._STAGES.pop(suite).close()
    return {name: said for name, said in found.items() if said}


def _said(suite: ConnectorContract, name: str, ways: Collection[str]) -> str:
    test = getattr(suite, f"test_{name}")
    said = []
    for row in [[way] for way in ways] if inspect.signature(test).parameters else [[]]:
        try:
            test(*row)
        except pytest.fail.Exception as failure:
            said.append(str(failure))
    return "\n".join(said)
