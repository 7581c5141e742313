"""Operations: the firm's connections to platforms."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from disengage.domain.rights import Right
from disengage.engine.connections import Health, described, health, try_connection
from disengage.engine.view import moment
from disengage.errors import NotThereError
from disengage.web.api.call import Call, Caller
from disengage.web.api.models import connections as told
from disengage.web.api.operations import Operations

operations = Operations("Connections")

Name = Annotated[str, Path(min_length=1, max_length=100, description="The connection's name.")]


@operations.get("/connections", Right.SEE, told.Connections)
def list_connections(call: Caller) -> dict[str, Any]:
    """List the connections, and how they are; no platform is asked."""
    return {"connections": [_health(found) for found in health(call.workplace)]}


@operations.get("/connections/{name}", Right.SEE, told.Connection)
def get_connection(call: Caller, name: Name) -> dict[str, Any]:
    """Show one connection: how it is, what it can do, and how that is known."""
    found = _one(call, name)
    usable = found.connector in call.workplace.registry.types
    document = described(call.workplace, name) if usable else {}
    keys = ("vendor", "schemes", "verbs", "operations", "by_hand")
    return {**_health(found), **{key: document[key] for key in keys if key in document}}


@operations.post("/connections/{name}/test", Right.ADMINISTER, told.Tried)
def try_one(call: Caller, name: Name) -> dict[str, Any]:
    """Try the credentials of a connection."""
    return try_connection(call.workplace, _one(call, name).name, call.person.name)


def _one(call: Call, name: str) -> Health:
    for found in health(call.workplace):
        if found.name == name:
            return found
    raise NotThereError("There is no such connection.", remedy="See which there are at /connections.")


def _health(found: Health) -> dict[str, Any]:
    outage = found.outage
    return {
        "name": found.name,
        "connector": found.connector,
        "platform": found.platform,
        "trust": found.trust,
        "state": found.state,
        "problem": found.problem,
        "remedy": found.remedy,
        "outage": {
            "failures": outage.failures,
            "since": moment(outage.since) if outage.since else None,
            "until": moment(outage.until),
            "reason": outage.reason,
        } if outage else None,
        "answered_at": moment(found.answered_at) if found.answered_at else None,
    }  # fmt: skip
