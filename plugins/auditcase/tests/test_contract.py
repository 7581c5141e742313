"""The contract that every connector keeps, run against AuditCase's simulator."""

from __future__ import annotations

from disengage.testing import ConnectorContract, Variant


class TestAuditCaseContract(ConnectorContract):
    connector = "auditcase"
    variants = (
        Variant("the invoice route is kept", options={"keep_billing_to": True}),
        Variant("a version that does not ask", settings={"version": "12.6"}),
        Variant("no extra right", prepare=lambda simulator: simulator.allow("clientportaldocs", False)),
    )
