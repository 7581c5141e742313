"""How a case is laid out in rows.

A field that has a column of its name stands there; all other fields of the value stand together in ``sealed``. So a
field that is added to the domain is sealed until somebody decides otherwise, and none is ever lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import RowMapping, Table

from disengage.domain.case import Approval, Case, CaseLink, Step, Task
from disengage.domain.findings import Finding
from disengage.domain.values import Frozen
from disengage.store import tables

Row = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """Which columns one kind of value fills.

    Attributes:
        table: Where it is kept.
        model: What it is.
        without: Fields that have tables of their own.
    """

    table: Table
    model: type[Frozen]
    without: frozenset[str] = frozenset()

    @cached_property
    def in_clear(self) -> list[str]:
        """The fields that have a column; asked of every row, and always the same."""
        return [name for name in self.model.model_fields if name in self.table.columns]

    def row(self, value: Frozen) -> Row:
        """Return the columns of a value, dates and enumerations as they are."""
        fields = value.model_dump(by_alias=True, exclude=set(self.without))
        clear = {name: fields.pop(name) for name in self.in_clear}
        return {**clear, "sealed": fields}

    def fields(self, row: RowMapping) -> dict[str, Any]:
        """Return the fields of the value in a row."""
        return {**{name: row[name] for name in self.in_clear}, **row["sealed"]}


@dataclass(frozen=True)
class Part(Layout):
    """One of the lists that a case is made of.

    Attributes:
        field: The list's name in ``Case``.
        key: The column that names one of them within the case: ``id``, or ``position`` where they have no id.
    """

    field: str = ""
    key: str = "id"

    def placed(self, case: Case) -> dict[Any, tuple[int, Frozen]]:
        """Return every value of the list with its position, by its key.

        Raises:
            ValueError: Two have the same key.
        """
        values: Sequence[Frozen] = getattr(case, self.field)
        found = {
            getattr(value, self.key) if self.key == "id" else position: (position, value)
            for position, value in enumerate(values)
        }
        if len(found) != len(values):
            raise ValueError(f"two {self.field} of the case {case.id} have the same id")
        return found

    def placed_row(self, position: int, value: Frozen) -> Row:
        """Return the columns of a value at its position."""
        return {"position": position, **self.row(value)}


PARTS: tuple[Part, ...] = (
    Part(tables.links, CaseLink, field="links"),
    Part(tables.steps, Step, field="steps"),
    Part(tables.tasks, Task, field="tasks"),
    Part(tables.findings, Finding, field="findings", key="position"),
    Part(tables.approvals, Approval, field="approvals", key="position"),
)


@dataclass(frozen=True)
class CaseLayout(Layout):
    """The case itself, without its lists; its state is kept beside it so that listing is quick."""

    def row(self, value: Frozen) -> Row:
        """Return the columns of a case."""
        assert isinstance(value, Case)
        return {**super().row(value), "state": str(value.state)}


CASE = CaseLayout(tables.cases, Case, frozenset(part.field for part in PARTS))
