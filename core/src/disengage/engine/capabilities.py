"""The capability table: verbs by platforms, in each cell how it is done and how well that is known.

The terminal and the pages show the same cells; only the way they are set differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disengage.domain.verbs import ORDER, Verb

#: What the table's words mean.
LEGEND: tuple[tuple[str, str], ...] = (
    ("automatic", "the connector does it, and says how well the calls it needs are known"),
    ("documented", "on the vendor's own pages"),
    ("observed", "in working third-party code"),
    ("assumed", "neither; without a path until the connection configures one"),
    ("by hand", "a person does it and is told where to click"),
    ("→ automatic", "by hand, until the connection's trust (and its operations) allow the call"),
    ("by ticket", "the call only asks the vendor's support; what the platform shows is the proof"),
    ("not needed", "the platform has nothing of its own for it"),
    ("+", "another part of the same verb"),
    ("—", "there is no such thing on this platform"),
)
NOTHING = "—"

#: The verbs in their order.
ROWS: tuple[Verb, ...] = (*ORDER, Verb.INVITE_BACK)
_HOW = {"automatic": "automatic", "by_hand": "by hand", "not_needed": "not needed"}


@dataclass(frozen=True)
class Capability:
    """What a connector, or one connection, can do.

    Attributes:
        name: Of the connector or connection.
        verbs: Its verbs as JSON, see ``catalogue``.
    """

    name: str
    verbs: Sequence[Mapping[str, Any]]

    def cell(self, verb: Verb) -> tuple[str, ...]:
        """Return how ``verb`` is done: a line for each word, its parts merged where they are done alike."""
        ways = [_way(spec) for spec in self.verbs if spec["verb"] == verb]
        first, *others = dict.fromkeys(ways) or [(NOTHING,)]
        return (*first, *(line for way in others for line in (f"+ {way[0]}", *way[1:])))


def _way(spec: Mapping[str, Any]) -> tuple[str, ...]:
    how, known = _HOW[spec["mode"]], spec["provenance"]
    asks = ("by ticket",) if spec["through_support"] else ()
    if how == "automatic":
        return (how, known, *asks)
    return (how, "→ automatic", known, *asks) if how == "by hand" and known else (how,)


def rows(columns: Sequence[Capability]) -> Iterator[tuple[Verb, list[tuple[str, ...]]]]:
    """Yield each verb that somebody has, with its cells."""
    for verb in ROWS:
        cells = [column.cell(verb) for column in columns]
        if any(cell != (NOTHING,) for cell in cells):
            yield verb, cells


def legend(columns: Sequence[Capability]) -> list[tuple[str, str]]:
    """Return the meaning of the words that the table really uses."""
    lines = {line for _, cells in rows(columns) for cell in cells for line in cell}
    parts = {line.removeprefix("+ ") for line in lines if line.startswith("+ ")}
    used = lines | parts | ({"+"} if parts else set())
    return [(word, meaning) for word, meaning in LEGEND if word in used]
