"""Read request files: TOML with one request each, CSV with one per row; all of them are good, or none is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rfc8785

from disengage.domain.request import Request, request_from
from disengage.domain.values import digest
from disengage.errors import InputError
from disengage.requestrows import in_columns, read_rows
from disengage.textfiles import read_toml

_GIVE_AGAIN = "Correct it and give the file again; nothing was taken."

#: Where a request stands (the file, or the file and its line), and the request.
Found = tuple[str, Request]


def read_requests(paths: Sequence[Path]) -> list[Found]:
    """Read every request of every file: ``.toml`` holds one, ``.csv`` one per row.

    Returns:
        For each request, where it stands (``request.toml``, ``requests.csv:7``) and the request, in their order.

    Raises:
        InputError: Naming file, line and field of everything that is wrong in any of them; none is taken.
    """
    taken: list[Found] = []
    wrong: list[InputError] = []
    for path in paths:
        try:
            taken += _read(path)
        except InputError as error:
            wrong.append(error)
    if wrong:
        raise _together(wrong)
    return taken


def _read(path: Path) -> list[Found]:
    ending = path.suffix.lower()
    if ending == ".csv":
        return _from_rows(path)
    if ending == ".toml" or path.is_dir():
        return [(str(path), _request(read_toml(path, InputError, remedy="Give a file that is there."), str(path)))]
    raise InputError(f"{path}: the name of a request file ends in .toml or .csv.", remedy="Rename the file.")


def _request(tables: dict[str, Any], where: str) -> Request:
    request = request_from(tables, where)
    try:
        digest(request.as_json())
    except rfc8785.CanonicalizationError:
        raise InputError(f"{where}: an option holds a number that is too large.", remedy=_GIVE_AGAIN) from None
    return request


def _from_rows(path: Path) -> list[Found]:
    """Read a CSV; the complaints of all its rows become one error."""
    taken: dict[int, Found] = {}
    wrong: dict[int, InputError] = {}
    for line, row in read_rows(path):
        where = f"{path}:{line}"
        try:
            taken[line] = (where, _from_row(row, where))
        except InputError as error:
            wrong[line] = error
    wrong |= _given_twice(taken)
    if wrong:
        raise _together([wrong[line] for line in sorted(wrong)])
    if not taken:
        raise InputError(f"{path}: the file holds no request.", remedy="Give one row per request.")
    return list(taken.values())


def _from_row(row: dict[str, Any] | InputError, where: str) -> Request:
    if isinstance(row, InputError):
        raise row
    try:
        return _request(row, where)
    except InputError as error:
        raise InputError(in_columns(error.message), remedy=error.remedy) from None


def _given_twice(taken: dict[int, Found]) -> dict[int, InputError]:
    first: dict[str, int] = {}
    again: dict[int, InputError] = {}
    for line, (where, request) in taken.items():
        earlier = first.setdefault(digest(request.identity), line)
        if earlier != line:
            again[line] = InputError(
                f"{where}: the client of line {line} is the one of line {earlier}, with the same end date.",
                remedy=_GIVE_AGAIN,
            )
    return again


def _together(errors: list[InputError]) -> InputError:
    """Return one error that says all of them, one a line."""
    if len(errors) == 1:
        return errors[0]
    return InputError(
        "\n".join(error.message for error in errors),
        remedy="Correct them all and give the files again; nothing was taken.",
    )
