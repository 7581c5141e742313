"""The suite catches what is wrong, by the test that is about it, and says what it is."""

from __future__ import annotations

import pytest
from disengage import Connector

from tests.testing.running import LONG, failing
from tests.testing.wrong import acting, calling, papers, saying

WRONG = acting.WRONG | calling.WRONG | saying.WRONG


def _name(value: object) -> str:
    return value.__name__ if isinstance(value, type) else ""


@pytest.mark.parametrize(("connector", "caught"), WRONG.items(), ids=_name)
def test_a_wrong_connector_is_caught(connector: type[Connector], caught: dict[str, str]) -> None:
    _is_caught(failing(connector), caught)


@pytest.mark.parametrize(("connector", "caught"), papers.WRONG.items(), ids=_name)
def test_a_wrong_manifest_is_caught(connector: type[Connector], caught: dict[str, str]) -> None:
    _is_caught(failing(connector, without=LONG), caught)


def _is_caught(found: dict[str, str], caught: dict[str, str]) -> None:
    assert found.keys() == caught.keys(), found
    assert {name for name, words in caught.items() if words not in found[name]} == set(), found
