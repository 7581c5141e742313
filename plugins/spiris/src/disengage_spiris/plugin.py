"""What the entry point names: the connector type ``spiris``."""

from __future__ import annotations

from disengage import ConnectorType, hookimpl


@hookimpl
def connector_types() -> list[ConnectorType]:
    """Offer the connector for Spiris."""
    return []
