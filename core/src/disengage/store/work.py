"""What happens inside one transaction on one case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from disengage.domain.case import Case
from disengage.store import cases, events, outbox
from disengage.store.events import Draft, EventRecord
from disengage.store.proofs import EvidenceKind
from disengage.store.sealing import Seal
from disengage.store.tables import evidence


class Work:
    """One change of a case, written when its block ends and forgotten when that raises.

    Attributes:
        case: The case. Assign a new one to change it.
        events_written: The events of this change, once it is written.
        changed: Whether the case itself is another one than before, once it is written.
    """

    def __init__(self, case: Case, seal: Seal, now: Callable[[], datetime]) -> None:
        self.case = case
        self.events_written: list[EventRecord] = []
        self.changed = False
        self._before, self._seal, self._now = case, seal, now
        self._events: list[Draft] = []
        self._wakes: list[tuple[str, datetime]] = []
        self._evidence: list[dict[str, Any]] = []

    def event(self, kind: str, *, actor: str = "disengage", **payload: Any) -> None:
        """Append an event to the log; JSON types only, and nothing personal."""
        self._events.append(events.draft(self._now(), kind, actor, payload))

    def wake(self, what: str, at: datetime) -> None:
        """Ask for ``what`` to be looked at again at ``at``; a second wake of the same is nothing.

        Args:
            what: A link's id, ``@review``, or ``@gate:`` and a connection.
            at: When; with a time zone.
        """
        self._wakes.append((what, at))

    def evidence(self, step_id: str, kind: str, *, by: str = "disengage", detail: dict[str, Any]) -> str:
        """Keep evidence for a step and return its digest.

        Args:
            step_id: The step that it proves.
            kind: ``read-back``, ``receipt``, ``file`` or ``statement``.
            by: Who brought it.
            detail: What it is: JSON types, dates, times.
        """
        digest = self._seal.digest(detail)
        row = {"step": step_id, "kind": str(EvidenceKind(kind)), "at": self._now(), "by": by}
        self._evidence.append({**row, "digest": digest, "detail": detail})
        return digest

    def write(self, connection: Connection) -> list[EventRecord]:
        """Write everything; the log comes last, so that it is locked for the shortest time."""
        case_id = self._before.id
        self.changed = cases.write(connection, self._before, self.case)
        for what, at in self._wakes:
            outbox.add(connection, case_id, what, at)
        if self._evidence:
            connection.execute(insert(evidence), [{"case_id": case_id, **row} for row in self._evidence])
        return events.append(connection, self._seal, case_id, self._events)
