"""The contract that every connector has to pass, for Spiris."""

from __future__ import annotations

from typing import Any

from disengage.testing import ConnectorContract, Variant

NUMBER = "5520000018"
EVERYTHING = dict.fromkeys(
    (
        "bookkeeping",
        "payroll",
        "travel_expenses",
        "annual_accounts",
        "financial_overview",
        "scanner",
        "digital_invoices",
    ),
    "continue",
)


def _granted_by_the_office(simulator: Any) -> None:
    simulator.set_company(NUMBER, granted_by="office")


def _addresses_one_by_one(simulator: Any) -> None:
    simulator.withhold_addresses()


class TestSpirisContract(ConnectorContract):
    connector = "spiris"
    unlimited = {"calls_per_minute": 0}
    variants = (
        Variant("with a lock", {"lock_period": True}, prepare=_addresses_one_by_one),
        Variant("every solution", {"solutions": EVERYTHING}),
        Variant("one solution", {"solutions": {"travel_expenses": "cancel"}}),
        Variant("granted by the office", prepare=_granted_by_the_office),
    )
