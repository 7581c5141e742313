"""Legal holds, and the destruction of what was kept: who approved it, what is being destroyed, what was."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from disengage.domain.lifecycle import CaseState
from disengage.domain.request import Request
from disengage.domain.values import Frozen
from disengage.store.database import Database
from disengage.store.proofs import EvidenceKind
from disengage.store.tables import cases, destruction_approvals, destructions, evidence, legal_holds

_OVER = (str(CaseState.CLOSED), str(CaseState.CANCELLED))


class LegalHold(Frozen):
    """Why nothing of a case may be destroyed.

    Attributes:
        released_at: When somebody lifted it; None while it stands.
    """

    id: int
    case: str
    at: datetime
    by: str
    reason: str
    released_at: datetime | None = None
    released_by: str = ""
    released_because: str = ""


class DestructionApproval(Frozen):
    """One person's approval to destroy exactly the bags of one digest."""

    by: str
    at: datetime


class Destruction(Frozen):
    """What is destroyed of a case.

    Attributes:
        at: When it was begun.
        finished_at: When all of it was gone and the certificate was kept; None until then.
        content: Its certificate, and where that is kept; JSON types.
    """

    id: int
    case: str
    at: datetime
    bags_digest: str
    finished_at: datetime | None
    content: dict[str, Any]

    @property
    def bags(self) -> tuple[str, ...]:
        """The paths of the bags that are destroyed."""
        return tuple(bag["bag"] for bag in self.content["certificate"]["bags"])


class KeptBag(Frozen):
    """A bag that is kept in the vault."""

    step: str
    path: str
    digest: str
    at: datetime


class KeptCase(Frozen):
    """A case that is over, and what is kept of it."""

    id: str
    request: Request
    bags: tuple[KeptBag, ...]


class Disposal:
    """Holds and destructions. A method that writes does so within the change of a case that is under way, if any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # holds

    def holds(self, case_id: str | None = None, *, standing: bool = True) -> list[LegalHold]:
        """Return the holds of one case or of all, oldest first; those that were lifted only if asked for."""
        query = select(legal_holds).order_by(legal_holds.c.id)
        if case_id is not None:
            query = query.where(legal_holds.c.case_id == case_id)
        if standing:
            query = query.where(legal_holds.c.released_at.is_(None))
        return [
            LegalHold(id=row["id"], case=row["case_id"], at=row["at"], released_at=row["released_at"], **row["sealed"])
            for row in self._rows(query)
        ]

    def place_hold(self, case_id: str, at: datetime, by: str, reason: str) -> None:
        """Write a hold."""
        self._write(insert(legal_holds), case_id=case_id, at=at, sealed={"by": by, "reason": reason})

    def release(self, hold: LegalHold, at: datetime, by: str, because: str) -> None:
        """Lift a hold; it stays on record."""
        sealed = {"by": hold.by, "reason": hold.reason, "released_by": by, "released_because": because}
        self._write(update(legal_holds).where(legal_holds.c.id == hold.id), released_at=at, sealed=sealed)

    # approvals

    def approvals(self, case_id: str, bags_digest: str) -> list[DestructionApproval]:
        """Return the approvals to destroy exactly the bags of this digest, oldest first."""
        table = destruction_approvals
        here = (table.c.case_id == case_id, table.c.bags_digest == bags_digest)
        rows = self._rows(select(table).where(*here).order_by(table.c.id))
        return [DestructionApproval(at=row["at"], **row["sealed"]) for row in rows]

    def approve(self, case_id: str, at: datetime, bags_digest: str, by: str) -> None:
        """Write an approval."""
        self._write(insert(destruction_approvals), case_id=case_id, at=at, bags_digest=bags_digest, sealed={"by": by})

    # destructions

    def destructions(self, case_id: str | None = None, *, unfinished: bool = False) -> list[Destruction]:
        """Return what was destroyed, or is being destroyed, of one case or of all, oldest first."""
        query = select(destructions).order_by(destructions.c.id)
        if case_id is not None:
            query = query.where(destructions.c.case_id == case_id)
        if unfinished:
            query = query.where(destructions.c.finished_at.is_(None))
        return [
            Destruction(
                id=row["id"],
                case=row["case_id"],
                at=row["at"],
                bags_digest=row["bags_digest"],
                finished_at=row["finished_at"],
                content=row["sealed"],
            )
            for row in self._rows(query)
        ]

    def begin(self, case_id: str, at: datetime, bags_digest: str, content: dict[str, Any]) -> None:
        """Write down what will be destroyed, before anything is."""
        self._write(insert(destructions), case_id=case_id, at=at, bags_digest=bags_digest, sealed=content)

    def withdraw(self, destruction: Destruction) -> None:
        """Forget a destruction of which nothing was done."""
        self._write(delete(destructions).where(destructions.c.id == destruction.id))

    def finish(self, destruction: Destruction, at: datetime, content: dict[str, Any]) -> None:
        """Write down that everything of it is gone."""
        here = destructions.c.id == destruction.id
        self._write(update(destructions).where(here), finished_at=at, sealed=content)

    # what is kept

    def kept(self, case_id: str) -> tuple[KeptBag, ...]:
        """Return the bags of a case that are there: neither destroyed, nor certificates of destruction."""
        return self._bags(case_id).get(case_id, ())

    def gone(self, case_id: str) -> set[str]:
        """Return the paths of a case's bags that were destroyed on purpose, or are being destroyed."""
        return {path for found in self.destructions(case_id) for path in found.bags}

    def kept_of_all(self) -> list[KeptCase]:
        """Return every case that is over and of which something is kept, oldest first."""
        query = select(cases.c.id, cases.c.request).where(cases.c.state.in_(_OVER)).order_by(cases.c.number)
        requests = {row["id"]: row["request"] for row in self._rows(query)}
        bags = self._bags()
        return [
            KeptCase(id=case_id, request=Request.model_validate(request), bags=bags[case_id])
            for case_id, request in requests.items()
            if bags.get(case_id)
        ]

    def _bags(self, case_id: str | None = None) -> dict[str, tuple[KeptBag, ...]]:
        table = evidence.c
        query = select(table.case_id, table.step, table.at, table.detail).order_by(table.id)
        query = query.where(table.kind == str(EvidenceKind.FILE))
        if case_id is not None:
            query = query.where(table.case_id == case_id)
        past = self.destructions(case_id)
        out = {path for found in past for path in (*found.bags, found.content.get("kept_as", {}).get("bag"))}
        bags: defaultdict[str, tuple[KeptBag, ...]] = defaultdict(tuple)
        for row in self._rows(query):
            path, digest = row["detail"]["bag"], row["detail"]["digest"]
            if path not in out:
                bags[row["case_id"]] += (KeptBag(step=row["step"], path=path, digest=digest, at=row["at"]),)
        return bags

    def _rows(self, query: Select[Any]) -> list[Any]:
        with self._database.reading() as connection:
            return list(connection.execute(query).mappings())

    def _write(self, statement: Any, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(statement.values(**values) if values else statement)
