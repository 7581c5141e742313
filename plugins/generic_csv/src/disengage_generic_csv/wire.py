"""How a table stands in a file: encoding, byte-order mark, delimiter, line ends, and cells that spreadsheets obey."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from disengage import ConfigurationError, RetryableError, UnexpectedResponseError

#: Codec → the marks a file may begin with, each with the codec of what follows.
_MARKS = {
    "utf-8": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-16-le": ((codecs.BOM_UTF16_LE, "utf-16-le"),),
    "utf-16-be": ((codecs.BOM_UTF16_BE, "utf-16-be"),),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}
#: What a codec is called where the file has no mark.
_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}

#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = tuple("=+-@\t\r\n")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,:/-]\d+)*")


@dataclass(frozen=True)
class Form:
    """How one file is written.

    Attributes:
        codec: The codec of everything behind the mark.
        mark: The byte-order mark, or nothing.
        delimiter: Between two cells.
        newline: Between two rows.
    """

    codec: str
    mark: bytes
    delimiter: str
    newline: str

    def encoded(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Return ``rows`` as they stand in the file.

        Raises:
            UnicodeEncodeError: The codec does not have one of the characters.
        """
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline).writerows(rows)
        return text.getvalue().encode(self.codec)


def form_of(path: Path, encoding: str, delimiter: str, what: str) -> Form:
    """Return the form of the file at ``path``, whose configured encoding is ``encoding``.

    Args:
        path: The file.
        encoding: As configured.
        delimiter: As configured.
        what: What the file is, to name it in a complaint.

    Raises:
        ConfigurationError: It is not there, or begins with the mark of another encoding.
    """
    name = codecs.lookup(encoding).name
    with _reading(path, what), path.open("rb") as raw:
        head = raw.read(64 * 1024)
    for mark, codec in _MARKS.get(name, ()):
        if head.startswith(mark):
            return Form(codec, mark, delimiter, _newline(head, codec))
    if head.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = "utf-8" if head.startswith(codecs.BOM_UTF8) else "utf-16"
        raise ConfigurationError(
            f"The {what} '{path.name}' begins with the mark of {found}, but its encoding is configured as {encoding}.",
            remedy=f'Set encoding = "{found}" for this connection.',
        )
    codec = _UNMARKED.get(name, name)
    return Form(codec, b"", delimiter, _newline(head, codec))


def _newline(head: bytes, codec: str) -> str:
    first = head.decode(codec, errors="ignore").partition("\n")[0]
    return "\r\n" if first.endswith("\r") or not first else "\n"


def rows_of(path: Path, form: Form, what: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every row with the number of its (last) line; the file is never held in memory as a whole.

    Raises:
        ConfigurationError: The file cannot be opened, or is not in its encoding.
        RetryableError: The file was being written.
        UnexpectedResponseError: It is no table.
    """
    with _reading(path, what), path.open("rb") as raw:
        before = _stamp(raw)
        raw.seek(len(form.mark))
        reader = csv.reader(
            io.TextIOWrapper(raw, encoding=form.codec, newline=""), delimiter=form.delimiter, strict=True
        )
        width = 0
        try:
            for cells in reader:
                if len(cells) < 2 and not any(cells):
                    continue
                width = width or len(cells)
                if len(cells) != width:
                    raise csv.Error(f"it has {len(cells)} cells, the headings are {width}")
                yield reader.line_num, cells
        except (csv.Error, UnicodeError) as error:
            if _stamp(raw) == before:
                raise _unreadable(path, what, form, reader.line_num, error) from None
        if _stamp(raw) != before:
            raise RetryableError(
                f"The {what} '{path.name}' was being written while it was read.",
                retry_after=60,
                remedy="Let the other system write it elsewhere and move it here when it is complete.",
            )


def guarded(text: str) -> str:
    """Return ``text`` as it may stand in a cell: never a formula to a spreadsheet; numbers stay as they are."""
    return f"'{text}" if text.startswith(_FORMULA) and not _PLAIN.fullmatch(text) else text


def plain(cell: str) -> str:
    """Return what a cell says, without blanks around it and without the sign that ``guarded`` put before it."""
    if cell.startswith("'") and cell[1:].startswith(_FORMULA):
        cell = cell[1:]
    return cell.strip()


def _stamp(raw: IO[bytes]) -> tuple[int, int]:
    now = os.fstat(raw.fileno())
    return now.st_mtime_ns, now.st_size


@contextmanager
def _reading(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"The {what} '{path.name}' cannot be read: {error.strerror}.",
            remedy="Put it where the configuration says, or correct the path there.",
        ) from None


def _unreadable(
    path: Path, what: str, form: Form, line: int, error: Exception
) -> ConfigurationError | UnexpectedResponseError:
    if isinstance(error, UnicodeError):
        return ConfigurationError(
            f"The {what} '{path.name}' is not {form.codec}: byte {_first_bad_byte(path, form)} cannot be read.",
            remedy="Set encoding to the file's own, or have the other system write it anew.",
        )
    return UnexpectedResponseError(
        f"The {what} '{path.name}' is not a table separated by '{form.delimiter}': line {line}: {error}.",
        remedy="Have the other system write it anew, and check the delimiter in the configuration.",
    )


def _first_bad_byte(path: Path, form: Form) -> int:
    """Return the offset, counted from 0, of the first byte that the codec cannot read."""
    decoder = codecs.getincrementaldecoder(form.codec)()
    with path.open("rb") as raw:
        raw.seek(len(form.mark))
        read = len(form.mark)
        while True:
            chunk = raw.read(64 * 1024)
            read += len(chunk)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return read - len(error.object) + error.start
            if not chunk:
                return read
