"""What connector authors test with: simulators, faults, and a connection without the rest of the house."""

from disengage.testing.faults import Fault, Faults, parse_faults
from disengage.testing.messages import Call, Entry, Reply
from disengage.testing.simulator import Simulator, control, route

__all__ = ["Call", "Entry", "Fault", "Faults", "Reply", "Simulator", "control", "parse_faults", "route"]
