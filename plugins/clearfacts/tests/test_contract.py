"""The contract that every connector keeps, run against this one and its simulator."""

from __future__ import annotations

from disengage.testing import ConnectorContract, Variant


class TestClearFactsContract(ConnectorContract):
    connector = "clearfacts"
    variants = (Variant("starting afresh", {"history": "afresh", "cost_accepted_by": ""}),)
