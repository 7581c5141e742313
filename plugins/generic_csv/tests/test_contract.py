"""A table keeps the contract, as far as files have exchanges."""

from __future__ import annotations

from disengage.testing import ConnectorContract


class TestGenericCsvContract(ConnectorContract):
    connector = "generic_csv"
