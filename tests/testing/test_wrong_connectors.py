"""The suite catches what is wrong, by the test that is about it, and says what it is.

Of each kind of wrong connectors, the tests are left out that take long and have nothing to do with it.
"""

from __future__ import annotations

from typing import Any

import pytest
from disengage import Connector

from tests.testing.running import FAULTS, FIFTY, KIT, SECRECY, failing
from tests.testing.wrong import acting, calling, checking, papers, saying

LEFT_OUT: dict[Any, tuple[str, ...]] = {
    acting: (FIFTY, SECRECY),
    calling: (SECRECY,),
    checking: (FAULTS, FIFTY, KIT, SECRECY),
    papers: (FAULTS, FIFTY, KIT, SECRECY),
    saying: (FAULTS, FIFTY),
}
WRONG = [(kind, caught, without) for module, without in LEFT_OUT.items() for kind, caught in module.WRONG.items()]


@pytest.mark.parametrize(("connector", "caught", "without"), WRONG, ids=[kind.__name__ for kind, _, _ in WRONG])
def test_a_wrong_connector_is_caught(
    connector: type[Connector], caught: dict[str, str], without: tuple[str, ...]
) -> None:
    found = failing(connector, without=without)
    assert found.keys() == caught.keys(), found
    assert {name for name, words in caught.items() if words not in found[name]} == set(), found
