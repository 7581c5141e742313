"""The rows of a requests CSV: which columns there are, and what a row's cells mean as a request's tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from disengage.domain.complaints import nearest, sentence
from disengage.errors import InputError
from disengage.textfiles import read_text

#: column → where its cell goes in a request
_COLUMNS: dict[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "name": ("client", "name"),
    "country": ("client", "country"),
    "language": ("client", "language"),
    "financial_year_end": ("client", "financial_year_end"),
    "reason": ("ending", "reason"),
    "notice_on": ("ending", "notice_on"),
    "ends_on": ("ending", "ends_on"),
    "period_from": ("ending", "period", "from"),
    "period_to": ("ending", "period", "to"),
    "no_tipping_off": ("ending", "no_tipping_off"),
    "successor_firm": ("ending", "successor", "firm"),
    "successor_email": ("ending", "successor", "email"),
    "administrator_name": ("administrator", "name"),
    "administrator_email": ("administrator", "email"),
}
_NEEDED = ("name", "country", "reason", "ends_on", "period_from", "period_to")
_FLAGS = ("no_tipping_off",)
_DATES = ("notice_on", "ends_on", "period_from", "period_to")
#: beginning of a column → the table it goes to, and how many words have to follow
_FAMILIES = {
    "identifiers": (("client", "identifiers"), 1),
    "reference": (("client", "references"), 1),
    "option": (("options",), 2),
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
#: No leading zero, which marks a number that is a name; no more digits than every JSON reader keeps.
_INTEGER = re.compile(r"-?[1-9]\d{0,14}|0")
_GIVE_AGAIN = "Correct it and give the file again; nothing was taken."


class Row(NamedTuple):
    """One row.

    Attributes:
        line: Where it begins.
        tables: What it says as a request file would; None: it cannot be read.
        error: Why it cannot; None: it can.
        named: The client as the row names it; empty: not at all.
    """

    line: int
    tables: dict[str, Any] | None = None
    error: InputError | None = None
    named: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows, each with its tables or the complaint about it; empty rows are passed over.

    Raises:
        InputError: The file cannot be read, or its heading cannot be used.
    """
    text = read_text(path, InputError, remedy="Give a file that is there.")
    lines = _lines(path, text)
    heading_line, heading = next(lines, (1, []))
    if isinstance(heading, InputError):
        raise heading
    columns = _columns(f"{path}:{heading_line}", heading)
    for line, cells in lines:
        yield Row(line, error=cells) if isinstance(cells, InputError) else _row(path, line, columns, cells)


def in_columns(message: str) -> str:
    """Return a complaint about a request's fields in the words of the columns."""
    for column, place in _COLUMNS.items():
        message = message.replace(f"'{'.'.join(place)}'", f"'{column}'")
    message = message.replace("'client.identifiers.", "'identifiers.")
    return message.replace("'client.references.", "'reference.")


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str] | InputError]]:
    """Yield each line that holds anything: the number where it begins, and its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield begins, stripped
            begins = reader.line_num + 1
    except csv.Error as error:
        yield begins, _bad(f"{path}:{begins}", f"the row cannot be read: {error}")


def _delimiter(text: str) -> str:
    heading = text.lstrip().partition("\n")[0]
    return ";" if heading.count(";") > heading.count(",") else ","


# --- the heading --------------------------------------------------------------------------------------------


def _columns(where: str, heading: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns in their order, each with its place in a request."""
    if not heading:
        raise _bad(where, "the file is empty")
    complaints = [f"the column '{n}' stands there twice" for n in sorted({n for n in heading if heading.count(n) > 1})]
    complaints += [complaint for name in dict.fromkeys(heading) if (complaint := _unknown(name))]
    complaints += [f"the column '{name}' is missing" for name in _NEEDED if name not in heading]
    complaints += _at_odds(heading)
    if complaints:
        raise _bad(where, "; ".join(complaints))
    return {name: _place(name) for name in heading}


def _unknown(name: str) -> str:
    if not name:
        return "a column has no name"
    family, *words = name.split(".")
    if name in _COLUMNS or (family in _FAMILIES and all(words) and len(words) >= _FAMILIES[family][1]):
        return ""
    rest = ".".join(words)
    hint = nearest(name, [*_COLUMNS, *(f"{known}.{rest or '…'}" for known in _FAMILIES)])
    return f"the column '{name}' is not known.{hint}"


def _at_odds(heading: list[str]) -> list[str]:
    return [
        f"the column '{name}' gives a value where '{other}' gives a table"
        for name in heading
        for other in heading
        if name and other.startswith(f"{name}.")
    ]


def _place(name: str) -> tuple[str, ...]:
    if name in _COLUMNS:
        return _COLUMNS[name]
    family, _, rest = name.partition(".")
    words = tuple(rest.split(".")) if family == "option" else (rest,)
    return (*_FAMILIES[family][0], *words)


# --- a row --------------------------------------------------------------------------------------------------


def _row(path: Path, line: int, columns: dict[str, tuple[str, ...]], cells: list[str]) -> Row:
    where, named = f"{path}:{line}", dict(zip(columns, cells, strict=False)).get("name", "")
    if len(cells) != len(columns):
        error = _bad(where, f"the row has {len(cells)} cells, the heading has {len(columns)} columns")
        return Row(line, error=error, named=named)
    given = {name: cell for name, cell in zip(columns, cells, strict=True) if cell}
    wrong = [name for name in _DATES if name in given and not _DATE.fullmatch(given[name])]
    if wrong:
        error = _bad(where, "; ".join(f"'{name}' is not a date (write 2026-12-31)" for name in wrong))
        return Row(line, error=error, named=named)
    tables: dict[str, Any] = {"client": {}, "ending": {"period": {}}}
    for name, cell in given.items():
        _put(tables, columns[name], _value(cell) if name in _FLAGS or name.startswith("option.") else cell)
    return Row(line, tables, named=named)


def _put(tables: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    *outer, last = place
    for word in outer:
        tables = tables.setdefault(word, {})
    tables[last] = value


def _value(cell: str) -> bool | int | str:
    """Return an option's cell: true and false, whole numbers, else the text (a date's too: its model reads it)."""
    if cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    return int(cell) if _INTEGER.fullmatch(cell) else cell


def _bad(where: str, reason: str) -> InputError:
    return InputError(sentence(f"{where}: {reason}"), remedy=_GIVE_AGAIN)
