"""Banqup keeps the contract."""

from __future__ import annotations

from disengage.testing import ConnectorContract


class TestBanqupContract(ConnectorContract):
    connector = "banqup"
