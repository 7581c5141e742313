"""Platforms that let themselves be called as often as somebody asks: within their limits, a hundred cases take long."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest
from disengage import Rate

#: Who keeps a limit, and under which name.
KEPT = (
    ("disengage_poweroffice.connector", "PowerOffice.rates"),
    ("disengage_clearfacts.connector", "ClearFacts.rates"),
    ("disengage_spiris.company", "RATES"),
)
WIDE = (Rate(calls=1000, seconds=1),)
#: The simulator that counts every call by itself.
COUNTS = "disengage_poweroffice.simulator_door.Door._too_many"


def lifted(patch: pytest.MonkeyPatch) -> list[str]:
    """Lift the limits in this process; return the command that runs ``disengage`` without them as well."""
    for module, name in KEPT:
        owner, _, attribute = name.rpartition(".")
        place = getattr(import_module(module), owner) if owner else import_module(module)
        patch.setattr(place, attribute, WIDE)
    patch.setattr(COUNTS, lambda _: False)
    lines = ["import importlib", "from disengage import Rate"]
    lines += [f"importlib.import_module({module!r}).{name} = ({WIDE[0]!r},)" for module, name in KEPT]
    return [sys.executable, "-c", "\n".join([*lines, "from disengage.cli import main", "main()"])]
