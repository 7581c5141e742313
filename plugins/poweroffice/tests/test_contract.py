"""PowerOffice Go keeps the contract, with a person who is a user of the client, and with one who has to be invited."""

from __future__ import annotations

from disengage.testing import ConnectorContract, Variant
from disengage_poweroffice.simulator import PowerOfficeSimulator


def _nobody_yet(go: PowerOfficeSimulator) -> None:
    example = go.example()
    go.remove_user(example["id"], example["administrator"]["email"])


class TestPowerOfficeContract(ConnectorContract):
    connector = "poweroffice"
    unlimited = {"calls_per_second": 0}
    most_cases = 200  # each of them makes a whole copy of the books
    variants = (Variant("a person to be invited", prepare=_nobody_yet),)
