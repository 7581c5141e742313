"""What the entry point names: the connector type ``spiris``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_spiris.connector import Spiris
from disengage_spiris.settings import SpirisSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for Spiris."""
    return [
        ConnectorType(
            name="spiris",
            connector=Spiris,
            settings_model=SpirisSettings,
            simulator="disengage_spiris.simulator:SpirisSimulator",
        )
    ]
