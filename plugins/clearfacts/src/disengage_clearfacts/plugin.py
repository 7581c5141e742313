"""What the entry point names: the connector type ``clearfacts``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_clearfacts.connector import ClearFacts
from disengage_clearfacts.settings import ClearFactsSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for ClearFacts."""
    return [
        ConnectorType(
            name="clearfacts",
            connector=ClearFacts,
            settings_model=ClearFactsSettings,
            simulator="disengage_clearfacts.simulator:ClearFactsSimulator",
        )
    ]
