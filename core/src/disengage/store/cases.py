"""Read cases, and write exactly what changed of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from disengage.domain.case import Case
from disengage.domain.lifecycle import CaseState
from disengage.errors import InputError, LifecycleError
from disengage.store.dialects import insert_into
from disengage.store.parts import CASE, PARTS, Part, Row
from disengage.store.tables import cases, tasks

_UNFINISHED = [str(state) for state in CaseState if state not in (CaseState.CLOSED, CaseState.CANCELLED)]
_BATCH = 500
#: Statements of every change, made once: making them takes longer than SQLite takes to carry them out.
_FOUND = select(cases.c.id, cases.c.version).where(cases.c.id == bindparam("given"))
_LOCKED = _FOUND.with_for_update()
_COUNTED = update(cases).where(cases.c.id == bindparam("here")).values(version=cases.c.version + 1)
_CHANGED = {
    part: update(part.table).where(
        part.table.c.case_id == bindparam("here"), part.table.c[part.key] == bindparam("there")
    )
    for part in PARTS
}


def exists(connection: Connection, case_id: str) -> bool:
    """Return whether there is a case of exactly this id."""
    return connection.execute(select(cases.c.number).where(cases.c.id == case_id)).first() is not None


def full_id(connection: Connection, given: str) -> str:
    """Return the id of the case that is meant by its id or the beginning of it.

    Raises:
        InputError: There is none, or more than one.
    """
    if exists(connection, given):
        return given
    begins = func.substr(cases.c.id, 1, len(given)) == given
    found = list(connection.execute(select(cases.c.id).where(begins).limit(2)).scalars()) if given else []
    if len(found) == 1:
        return str(found[0])
    raise InputError(
        f"There is more than one case whose id begins with '{given}'." if found else f"There is no case '{given}'.",
        remedy="Look at the cases with 'disengage cases'.",
    )


def ids(connection: Connection, *, unfinished: bool) -> list[str]:
    """Return the ids of the cases, oldest first."""
    query = select(cases.c.id).order_by(cases.c.number)
    if unfinished:
        query = query.where(cases.c.state.in_(_UNFINISHED))
    return list(connection.execute(query).scalars())


def load(connection: Connection, wanted: Sequence[str]) -> list[Case]:
    """Return the cases of these ids, in this order, with a handful of statements for hundreds of them."""
    found: list[Case] = []
    for start in range(0, len(wanted), _BATCH):
        found += _load_batch(connection, wanted[start : start + _BATCH])
    return found


def found(connection: Connection, given: str, *, lock: bool = False) -> tuple[str, int]:
    """Return id and version of the case that is meant by its id or the beginning of it.

    Args:
        connection: The transaction.
        given: The id, or the beginning of it.
        lock: Keep everybody else from changing the case until the transaction ends.

    Raises:
        InputError: There is none, or more than one.
    """
    query = _LOCKED if lock else _FOUND
    row = connection.execute(query, {"given": given}).first()
    if row is None:
        row = connection.execute(query, {"given": full_id(connection, given)}).one()
    return str(row.id), int(row.version)


def create(connection: Connection, case: Case) -> None:
    """Write a new case.

    Raises:
        LifecycleError: There is a case of this id already.
    """
    statement = insert_into(connection, cases).on_conflict_do_nothing(index_elements=["id"]).returning(cases.c.number)
    if connection.execute(statement, CASE.row(case)).first() is None:
        raise LifecycleError(
            f"The case {case.id} exists already.",
            remedy=f"Look at it with 'disengage show {case.id}', or plan it again.",
        )
    empty = case.model_copy(update={part.field: () for part in PARTS})
    for part in PARTS:
        _write_part(connection, part, empty, case)


def write(connection: Connection, before: Case, case: Case) -> bool:
    """Write what differs between a case as it was read and as it should be; return whether anything does.

    Raises:
        ValueError: They are not the same case.
    """
    if before.id != case.id:
        raise ValueError(f"the case {before.id} cannot become the case {case.id}")
    if before == case:
        return False
    changed = _changed(CASE.row(before), CASE.row(case))
    connection.execute(_COUNTED, {**changed, "here": case.id})
    for part in PARTS:
        _write_part(connection, part, before, case)
    return True


def case_of_task(connection: Connection, task_id: str) -> str:
    """Return the id of the case a task belongs to.

    Raises:
        InputError: There is no such task.
    """
    found = connection.execute(select(tasks.c.case_id).where(tasks.c.id == task_id)).scalar()
    if found is None:
        raise InputError(f"There is no task '{task_id}'.", remedy="Look at the tasks with 'disengage tasks'.")
    return str(found)


def _load_batch(connection: Connection, wanted: Sequence[str]) -> Iterator[Case]:
    rows = connection.execute(select(cases).where(cases.c.id.in_(wanted))).mappings()
    by_id = {row["id"]: row for row in rows}
    lists = {part.field: _load_part(connection, part, wanted) for part in PARTS}
    for case_id in wanted:
        parts = {field: values[case_id] for field, values in lists.items()}
        yield Case.model_validate({**CASE.fields(by_id[case_id]), **parts})


def _load_part(connection: Connection, part: Part, wanted: Sequence[str]) -> dict[str, list[Any]]:
    table = part.table
    query = select(table).where(table.c.case_id.in_(wanted)).order_by(table.c.case_id, table.c.position)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["case_id"]].append(part.model.model_validate(part.fields(row)))
    return found


def _write_part(connection: Connection, part: Part, before: Case, case: Case) -> None:
    old, new = part.placed(before), part.placed(case)
    table = part.table
    here = table.c.case_id == case.id
    if gone := [key for key in old if key not in new]:
        connection.execute(delete(table).where(here, table.c[part.key].in_(gone)))
    for key in old.keys() & new.keys():
        if old[key] != new[key]:
            changed = _changed(part.placed_row(*old[key]), part.placed_row(*new[key]))
            connection.execute(_CHANGED[part], {**changed, "here": case.id, "there": key})
    added = [{"case_id": case.id, **part.placed_row(*placed)} for key, placed in new.items() if key not in old]
    if added:
        connection.execute(insert(table), added)


def _changed(old: Row, new: Row) -> Row:
    return {name: value for name, value in new.items() if old[name] != value}
