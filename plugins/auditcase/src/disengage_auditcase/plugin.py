"""What the entry point names: the connector type ``auditcase``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl

from disengage_auditcase.connector import AuditCase
from disengage_auditcase.settings import AuditCaseSettings


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for AuditCase."""
    return [
        ConnectorType(
            name="auditcase",
            connector=AuditCase,
            settings_model=AuditCaseSettings,
            simulator="disengage_auditcase.simulator:AuditCaseSimulator",
        )
    ]
