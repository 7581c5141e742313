"""Read request files: TOML with one request each, CSV with one per row; all of them are good, or none is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import rfc8785

from disengage.domain.request import Request, request_from
from disengage.domain.values import digest
from disengage.errors import InputError
from disengage.requestrows import Row, in_columns, read_rows
from disengage.textfiles import read_toml

_GIVE_AGAIN = "Correct it and give the file again; nothing was taken."

#: Where a request stands (the file, or the file and its line), and the request.
Found = tuple[str, Request]


@dataclass(frozen=True)
class Entry:
    """One request of a file, or what keeps it from being one.

    Attributes:
        where: The file, or the file and the line.
        request: The request; None where it cannot be used.
        error: Why it cannot; None where it can.
        named: The client as the file names it, even where the rest cannot be used; empty: not at all.
    """

    where: str
    request: Request | None = None
    error: InputError | None = None
    named: str = ""


def read_requests(paths: Sequence[Path]) -> list[Found]:
    """Read every request of every file: ``.toml`` holds one, ``.csv`` one per row.

    Returns:
        For each request, where it stands (``request.toml``, ``requests.csv:7``) and the request, in their order.

    Raises:
        InputError: Naming file, line and field of everything that is wrong in any of them; none is taken.
    """
    return all_or_none(read_each(paths))


def read_each(paths: Sequence[Path]) -> list[Entry]:
    """Read the same, and return what is wrong in its place among the requests; nobody may take a part of them."""
    return [entry for path in paths for entry in _read(path)]


def all_or_none(entries: Iterable[Entry]) -> list[Found]:
    """Return the requests, if all of them can be used.

    Raises:
        InputError: Naming everything that is wrong in any of them.
    """
    entries = list(entries)
    wrong = [entry.error for entry in entries if entry.error]
    if wrong:
        raise _together(wrong)
    return [(entry.where, entry.request) for entry in entries if entry.request]


def _read(path: Path) -> list[Entry]:
    try:
        return _from_rows(path) if path.suffix.lower() == ".csv" else [_from_tables(path)]
    except InputError as error:
        return [Entry(str(path), error=error)]


def _from_tables(path: Path) -> Entry:
    if path.suffix.lower() != ".toml" and not path.is_dir():
        raise InputError(f"{path}: the name of a request file ends in .toml or .csv.", remedy="Rename the file.")
    tables = read_toml(path, InputError, remedy="Give a file that is there.")
    return _entry(str(path), _named(tables), partial(request_in, tables, str(path)))


def _entry(where: str, named: str, read: Callable[[], Request]) -> Entry:
    try:
        return Entry(where, request=read(), named=named)
    except InputError as error:
        return Entry(where, error=error, named=named)


def _named(tables: dict[str, Any]) -> str:
    client = tables.get("client")
    return str(client.get("name", "")) if isinstance(client, dict) else ""


def request_in(tables: dict[str, Any], where: str) -> Request:
    """Return the request that these tables say; ``where`` they stand is named in a complaint.

    Raises:
        InputError: They say none; its ``fields`` name what is wrong.
    """
    request = request_from(tables, where)
    try:
        digest(request.as_json())
    except rfc8785.CanonicalizationError:
        raise InputError(f"{where}: an option holds a number that is too large.", remedy=_GIVE_AGAIN) from None
    return request


def _from_rows(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    for row in read_rows(path):
        where = f"{path}:{row.line}"
        entries.append(_entry(where, row.named, partial(_from_row, row, where)))
    if not entries:
        raise InputError(f"{path}: the file holds no request.", remedy="Give one row per request.")
    return _without_twins(entries)


def _from_row(row: Row, where: str) -> Request:
    if row.error:
        raise row.error
    try:
        return request_in(row.tables or {}, where)
    except InputError as error:
        raise InputError(in_columns(error.message), remedy=error.remedy) from None


def _without_twins(entries: Iterable[Entry]) -> list[Entry]:
    """Refuse every row that asks for what an earlier one of its file asks for."""
    first: dict[str, str] = {}
    return [_unless_a_twin(entry, first) for entry in entries]


def _unless_a_twin(entry: Entry, first: dict[str, str]) -> Entry:
    if entry.request is None:
        return entry
    line = entry.where.rpartition(":")[2]
    earlier = first.setdefault(digest(entry.request.identity), line)
    if earlier == line:
        return entry
    error = InputError(
        f"{entry.where}: the client of line {line} is the one of line {earlier}, with the same end date.",
        remedy=_GIVE_AGAIN,
    )
    return replace(entry, request=None, error=error)


def _together(errors: list[InputError]) -> InputError:
    """Return one error that says all of them, one a line."""
    if len(errors) == 1:
        return errors[0]
    return InputError(
        "\n".join(error.message for error in errors),
        remedy="Correct them all and give the files again; nothing was taken.",
    )
