"""What keeps the contract passes it."""

from __future__ import annotations

from tests.testing.running import ALL_WAYS, failing
from tests.testing.tiny import Tiny


def test_a_connector_that_keeps_the_contract_passes_every_test() -> None:
    assert failing(Tiny, ways=ALL_WAYS) == {}
