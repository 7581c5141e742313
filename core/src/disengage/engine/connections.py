"""How the firm's connections are: whether they can be used, what failed, when they answered last; and trying one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from disengage.domain.values import Frozen
from disengage.engine.catalogue import check, one
from disengage.engine.who import somebody
from disengage.engine.workplace import Workplace
from disengage.store import Outage


class Health(Frozen):
    """How one connection is.

    Attributes:
        platform: The product's name; empty where no plugin tells.
        problem: Why it cannot be used at all; empty where it can.
        remedy: What to do about that.
        outage: How it fails; None where it does not.
        answered_at: When it answered last; None where the log does not tell.
    """

    name: str
    connector: str
    trust: str
    platform: str = ""
    problem: str = ""
    remedy: str = ""
    outage: Outage | None = None
    answered_at: datetime | None = None

    @property
    def state(self) -> str:
        """``broken``, ``down``, ``fails``, ``works`` or ``unknown``."""
        if self.problem:
            return "broken"
        if self.outage:
            return "down" if self.outage.down else "fails"
        return "works" if self.answered_at else "unknown"


def health(workplace: Workplace) -> list[Health]:
    """Return how each connection is, in the order of the configuration; no platform is asked."""
    configured, registry = workplace.settings.connections, workplace.registry
    outages = {outage.connection: outage for outage in workplace.store.outages.all()}
    answered = workplace.store.answering.last(configured)
    found = []
    for name, raw in configured.items():
        offered, broken = registry.types.get(raw.connector), registry.broken_connections.get(name)
        found.append(
            Health(
                name=name,
                connector=raw.connector,
                trust=str(raw.trust),
                platform=offered.manifest.platform if offered else "",
                problem=broken.message if broken else "",
                remedy=broken.remedy if broken else "",
                outage=outages.get(name),
                answered_at=answered.get(name),
            )
        )
    return found


def described(workplace: Workplace, name: str) -> dict[str, Any]:
    """Return all that the manifest says of one connection or connector, each verb with the sources it rests on.

    Raises:
        InputError: There is neither, or no usable plugin offers it.
    """
    document = one(name, workplace.settings, workplace.registry)
    known = {operation["name"]: operation for operation in document["operations"]}
    manual = {(item["verb"], item["part"]): item for item in document["by_hand"]}
    for verb in document["verbs"]:
        resting = [known[operation] for operation in verb["operations"]]
        resting += filter(None, [manual.get((verb["verb"], verb["part"]))])
        sources = {(found["source"], found["as_of"]) for found in resting if found["source"]}
        verb["sources"] = [{"source": source, "as_of": as_of} for source, as_of in sorted(sources)]
    return document


def try_connection(workplace: Workplace, name: str, by: str) -> dict[str, Any]:
    """Try the credentials of one connection, and record that somebody did and what came of it.

    Raises:
        InputError: There is no such connection, or nobody was named.
    """
    who = somebody(by)
    (result,) = check(workplace, [name])
    why = {} if result["ok"] else {"why": result["message"]}
    workplace.store.record("connection_tried", who, connection=name, ok=result["ok"], **why)
    return result
