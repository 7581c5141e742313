"""Run the contract suite on a connector inside this process, and say which of its tests fail, with what words."""

from __future__ import annotations

import inspect
from collections.abc import Collection

import pytest
from disengage import Connector
from disengage.testing import ConnectorContract, contract

from tests.testing.tiny import TinySimulator, offered

#: Enough to tell wrong connectors by; the right ones are run through all of them.
SOME_WAYS = ("reset after", "503", "404", "wrong type", "redirect")
#: What takes long and has nothing to do with what a manifest says.
LONG = (
    "test_a_fault_at_any_exchange_changes_nothing_in_the_end",
    "test_every_call_goes_through_the_http_kit",
    "test_fifty_links_at_once_obey_the_limit",
    "test_nothing_secret_and_nobody_is_named",
)


def failing(connector: type[Connector], *, without: Collection[str] = ()) -> dict[str, str]:
    """Return the suite's tests that fail, without ``test_``, and what they say."""
    given = {"connector_type": offered(connector), "simulator": TinySimulator, "most_cases": 0}
    suite = type("TestTiny", (ConnectorContract,), given)
    try:
        found = {name: _said(suite(), name) for name in dir(suite) if name.startswith("test_") and name not in without}
    finally:
        contract._STAGES.pop(suite).close()
    return {name.removeprefix("test_"): said for name, said in found.items() if said}


def _said(suite: ConnectorContract, name: str) -> str:
    test = getattr(suite, name)
    rows = [[way] for way in SOME_WAYS] if inspect.signature(test).parameters else [[]]
    said = []
    for row in rows:
        try:
            test(*row)
        except pytest.fail.Exception as failure:
            said.append(str(failure))
    return "\n".join(said)
