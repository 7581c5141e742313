"""What is on the bench: a connector with its simulator, and the requests to end a client there."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import entry_points
from typing import Any

from disengage.connector import ConnectorType
from disengage.domain.request import Request, request_from
from disengage.errors import PluginError
from disengage.registry import GROUP, Registry
from disengage.testing.simulator import Simulator

_ADMINISTRATOR = {"name": "Kari Nordmann", "email": "kari@nordlys.example"}


@dataclass(frozen=True, eq=False)
class Variant:
    """One more ending that the contract suite rehearses, besides the simulator's example.

    Attributes:
        name: For complaints.
        options: What its request chooses otherwise, on top of the example's options.
        kind: The kind of request.
        prepare: Brings the simulator into another state before anything begins.
        settings: What the connection configures otherwise.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "ending"
    prepare: Callable[[Any], None] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


#: What the simulator's own example asks for.
EXAMPLE = Variant("the example")


@dataclass(frozen=True)
class Subject:
    """A connector type, the simulator of its platform, and how that is made.

    Attributes:
        offered: The connector type.
        simulator: The simulator's class.
        unlimited: Arguments with which the simulator keeps no limit of its own.
    """

    offered: ConnectorType
    simulator: type[Simulator]
    unlimited: Mapping[str, Any] = field(default_factory=dict)

    @property
    def connection(self) -> str:
        """The connection's name, which is the connector's."""
        return self.offered.name

    @property
    def package(self) -> str:
        """The package that the connector's code is in."""
        return self.offered.connector.__module__.partition(".")[0]

    def simulate(self, clients: int = 1) -> Simulator:
        """Return a fresh simulator that is not serving yet."""
        given: dict[str, Any] = {"clients": clients, **self.unlimited}
        return self.simulator(**given)

    def request(self, example: Mapping[str, Any], variant: Variant = EXAMPLE) -> Request:
        """Return a request that fits what a simulator says of a client."""
        ends_on = yesterday()
        reference = example.get("references")
        options = {**example.get("options", {}), **variant.options}
        return request_from(
            {
                "kind": variant.kind,
                "client": {
                    "name": example.get("name", "Nordlys Kafé AS"),
                    "country": example.get("country", "NO"),
                    "identifiers": dict(example.get("identifiers", {})),
                    "references": {self.connection: reference} if reference else {},
                },
                "ending": {
                    "reason": "moved-to-other-firm",
                    "notice_on": ends_on - timedelta(days=60),
                    "ends_on": ends_on,
                    "period": {"from": date(ends_on.year - 2, 1, 1), "to": ends_on},
                    "successor": {"firm": "Ny Regnskap AS", "email": "post@ny.example"},
                },
                "administrator": example.get("administrator", _ADMINISTRATOR),
                "options": {self.connection: options} if options else {},
            },
            "the contract's request",
        )


def yesterday() -> date:
    """Return the day on which the contract's requests end, so that nothing waits for a date."""
    return datetime.now(UTC).date() - timedelta(days=1)


def installed(connector: str) -> ConnectorType:
    """Return the connector type that an installed plugin offers under this name.

    Raises:
        PluginError: None does, or the plugin is broken.
    """
    points = entry_points(group=GROUP)
    likely = [point for point in points if point.name.replace("-", "_") == connector.replace("-", "_")]
    registry = Registry(likely or points)
    if connector not in registry.types:
        reasons = "; ".join(report.reason for report in registry.reports if report.reason)
        raise PluginError(f"No installed plugin offers the connector '{connector}'. {reasons}".strip())
    return registry.types[connector]


def simulator_of(offered: ConnectorType) -> type[Simulator]:
    """Return the simulator's class that a connector type names.

    Raises:
        PluginError: It names none.
    """
    module, _, name = offered.simulator.partition(":")
    if not name:
        raise PluginError(f"The connector type '{offered.name}' names no simulator.")
    found: type[Simulator] = getattr(importlib.import_module(module), name)
    return found
