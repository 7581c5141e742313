"""What the entry point names: the connector type ``generic_csv``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_generic_csv.connector import GenericCsv
from disengage_generic_csv.settings import GenericCsvSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for any system that exports and imports a table."""
    return [
        ConnectorType(
            name="generic_csv",
            connector=GenericCsv,
            settings_model=GenericCsvSettings,
            simulator="disengage_generic_csv.simulator:TableSimulator",
        )
    ]
