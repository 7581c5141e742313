"""Evidence as it is kept: what was seen or brought, sealed, with a digest beside it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from disengage.domain.values import Frozen
from disengage.store.tables import evidence


class EvidenceKind(StrEnum):
    """What sort of proof it is."""

    READ_BACK = "read-back"
    RECEIPT = "receipt"
    FILE = "file"
    STATEMENT = "statement"


class EvidenceRow(Frozen):
    """One piece of evidence.

    Attributes:
        digest: Keyed digest of ``detail``; comparable inside one store only.
    """

    id: int
    step: str
    kind: EvidenceKind
    at: datetime
    by: str
    detail: dict[str, Any]
    digest: str


def read(connection: Connection, case_id: str, step_id: str | None) -> list[EvidenceRow]:
    """Return the evidence of a case, or of one of its steps, oldest first."""
    query = select(evidence).where(evidence.c.case_id == case_id).order_by(evidence.c.id)
    if step_id is not None:
        query = query.where(evidence.c.step == step_id)
    return [_row(row) for row in connection.execute(query).mappings()]


def _row(row: RowMapping) -> EvidenceRow:
    return EvidenceRow.model_validate({name: row[name] for name in EvidenceRow.model_fields})
