"""What the entry point names: the connector type for PowerOffice Go."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_poweroffice.connector import PowerOffice
from disengage_poweroffice.settings import PowerOfficeSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer PowerOffice Go."""
    return [
        ConnectorType(
            name="poweroffice",
            connector=PowerOffice,
            settings_model=PowerOfficeSettings,
            simulator="disengage_poweroffice.simulator:PowerOfficeSimulator",
        )
    ]
