"""What connector authors test with: simulators, faults, and the contract suite.

The contract suite needs pytest, and is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from disengage.testing.faults import Fault, Faults, parse_faults
from disengage.testing.messages import Call, Entry, Reply
from disengage.testing.simulator import Simulator, control, route

if TYPE_CHECKING:
    from disengage.testing.contract import ConnectorContract
    from disengage.testing.subject import Variant

_LATER = {"ConnectorContract": "contract", "Variant": "subject"}

__all__ = [
    "Call",
    "ConnectorContract",
    "Entry",
    "Fault",
    "Faults",
    "Reply",
    "Simulator",
    "Variant",
    "control",
    "parse_faults",
    "route",
]


def __getattr__(name: str) -> Any:
    """Load the contract suite when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
