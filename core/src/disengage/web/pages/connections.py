"""Connections: how they are, what each can do and how that is known, and a button that tries one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disengage.domain.rights import Right
from disengage.engine.capabilities import ROWS
from disengage.engine.connections import described, health, try_connection
from disengage.errors import NotThereError
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/connections", needs=Right.SEE)
def connections(visit: Visit) -> Response:
    """Show how the connections are, and verbs by connections."""
    registry = visit.workplace.registry
    found = health(visit.workplace)
    columns = [described(visit.workplace, one.name) for one in found if one.connector in registry.types]
    used = {one.connector for one in found}
    return visit.page(
        "connections.html",
        connections=found,
        columns=columns,
        rows=_rows(columns),
        broken=[report for report in registry.reports if report.reason],
        unused=[offered for name, offered in sorted(registry.types.items()) if name not in used],
    )


@doors.get("/connections/{name}", needs=Right.SEE)
def connection(visit: Visit) -> Response:
    """Show one connection, or a connector that no connection uses, with all that is known of it."""
    name = visit.path["name"]
    registry = visit.workplace.registry
    found = next((one for one in health(visit.workplace) if one.name == name), None)
    connector = found.connector if found else name
    if found is None and connector not in registry.types:
        raise _unknown(visit)
    document = described(visit.workplace, name) if connector in registry.types else None
    return visit.page("connections-one.html", name=name, health=found, document=document)


@doors.post("/connections/{name}/test", needs=Right.ADMINISTER)
def test(visit: Visit) -> Response:
    """Try the credentials of one connection, and say what came of it."""
    name = visit.path["name"]
    if name not in visit.workplace.settings.connections:
        raise _unknown(visit)
    result = try_connection(visit.workplace, name, visit.person.name)
    message = " ".join(filter(None, (result["message"], result["remedy"])))
    if result["ok"]:
        return visit.go(f"/connections/{name}", visit.say("It works. %(message)s", message=message))
    return visit.go(f"/connections/{name}", visit.say("It does not work. %(message)s", message=message))


def _rows(columns: Sequence[dict[str, Any]]) -> list[tuple[str, list[list[dict[str, Any]]]]]:
    """Return each verb that somebody has, with what each connection does for it, part by part."""
    rows = [
        (str(verb), [[spec for spec in column["verbs"] if spec["verb"] == verb] for column in columns]) for verb in ROWS
    ]
    return [(verb, cells) for verb, cells in rows if any(cells)]


def _unknown(visit: Visit) -> NotThereError:
    return NotThereError(
        visit.say("There is no such connection."), remedy=visit.say("See which there are on the page of connections.")
    )
