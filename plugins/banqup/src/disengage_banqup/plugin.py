"""What the entry point names: the connector type ``banqup``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_banqup.connector import Banqup
from disengage_banqup.settings import BanqupSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for Banqup."""
    return [
        ConnectorType(
            name="banqup",
            connector=Banqup,
            settings_model=BanqupSettings,
            simulator="disengage_banqup.simulator:BanqupSimulator",
        )
    ]
