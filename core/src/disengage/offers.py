"""What plugins offer, who offers it, and what became of each plugin."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint

from disengage.connector import ConnectorType
from disengage.domain.values import Frozen
from disengage.notifier import NotifierType


class PluginReport(Frozen):
    """What became of one plugin.

    Attributes:
        name: The entry point's name.
        distribution: The distribution that brought it, with its version.
        connectors: Names of the connectors it offers.
        notifiers: Names of the kinds of notification it offers.
        reason: Why it cannot be used; empty where it can.
    """

    name: str
    distribution: str
    connectors: tuple[str, ...] = ()
    notifiers: tuple[str, ...] = ()
    reason: str = ""


#: What a module may offer.
Offer = ConnectorType | NotifierType


def called(offered: Offer) -> str:
    """Return what people call an offer."""
    return f"the {'connector' if isinstance(offered, ConnectorType) else 'notifier'} '{offered.name}'"


def distinct(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Leave out an entry point that is merely listed twice (an editable install seen from two folders)."""
    seen: dict[tuple[str, str, str], EntryPoint] = {}
    for point in points:
        seen.setdefault((point.name, who(point), point.value), point)
    return [seen[key] for key in sorted(seen)]


def who(point: EntryPoint) -> str:
    """Return the distribution that brings an entry point, with its version."""
    about = point.dist.metadata if point.dist else None  # read once: it is a file that is parsed each time
    if about is None or "Name" not in about or "Version" not in about:
        return point.value
    return f"{about['Name']} {about['Version']}"


def brings(report: PluginReport, connector: str) -> bool:
    """Return whether a connector would come from this plugin."""
    return connector in report.connectors or report.name.replace("-", "_") == connector
