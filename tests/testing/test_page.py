"""The page on the contract suite names every test, every way to fail and everything that a subclass may set."""

from __future__ import annotations

import re
from pathlib import Path

from disengage.testing import ConnectorContract, contract
from disengage.testing.ways import WAYS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "contract-suite.md"


def _first_cells(heading: str) -> list[str]:
    """Return the words in code of the first column of the first table below a heading."""
    section = PAGE.read_text(encoding="utf-8").partition(f"# {heading}\n")[2].partition("\n#")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


def test_the_page_names_every_test() -> None:
    tests = {name for name in vars(ConnectorContract) if name.startswith("test_")}
    assert sorted(_first_cells("What is tested")) == sorted(tests)


def test_the_page_names_every_way_to_fail() -> None:
    assert sorted(_first_cells("Faults")) == sorted(way.name for way in WAYS)


def test_the_page_names_everything_that_a_subclass_may_set() -> None:
    assert sorted(_first_cells("What a subclass may set")) == sorted(contract._OWN)
    assert f"| {ConnectorContract.most_cases} |" in PAGE.read_text(encoding="utf-8")
