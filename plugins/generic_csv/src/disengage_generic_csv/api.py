"""Reading the export: operation ``read_export``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from disengage import ConfigurationError, UnexpectedResponseError
from disengage.domain.complaints import nearest

from disengage_generic_csv.settings import GenericCsvSettings
from disengage_generic_csv.wire import Form, form_of, plain, rows_of


@dataclass(frozen=True)
class Row:
    """One row of the export.

    Attributes:
        line: The number of its (last) line.
        words: Our word for each mapped column → what the cell says.
        cells: Every heading of the export → the cell as it stands.
    """

    line: int
    words: Mapping[str, str]
    cells: Mapping[str, str]


class Export:
    """The table that the other system exports.

    Format: RFC 4180, https://www.rfc-editor.org/rfc/rfc4180, read 2026-11-22; the delimiter is configured.

    Args:
        settings: The connection's settings.
        folder: Where relative paths count from.
    """

    def __init__(self, settings: GenericCsvSettings, folder: Path) -> None:
        self.settings = settings
        self.path = folder / settings.clients

    @property
    def form(self) -> Form:
        """How the file is written now."""
        return form_of(self.path, self.settings.encoding, self.settings.delimiter, "export")

    def rows(self) -> Iterator[Row]:
        """Yield every client, read as a stream.

        Raises:
            ConfigurationError: The file is not there, not in its encoding, or lacks a heading.
            UnexpectedResponseError: It is no table.
        """
        lines = self._lines()
        headings = next(lines)[1]
        places = self._places(headings)
        for line, cells in lines:
            words = {word: plain(cells[place]) for word, place in places.items()}
            yield Row(line, words, dict(zip(headings, cells, strict=True)))

    def row(self, reference: str) -> Row | None:
        """Return the client with this reference; None where the export does not have it.

        Raises:
            UnexpectedResponseError: The export has it twice.
        """
        found = [row for row in self.rows() if row.words["reference"] == reference]
        if len(found) > 1:
            raise UnexpectedResponseError(
                f"The export '{self.path.name}' has one reference on the lines {found[0].line} and {found[1].line}.",
                remedy="Correct this in the other system and export again.",
            )
        return found[0] if found else None

    def change_headings(self) -> dict[str, str]:
        """Return our word → heading for the columns of the change file, in their order.

        The reference first, then every column that a configured verb changes, in the export's order.
        """
        headings = next(self._lines())[1]
        places = self._places(headings)
        changing = sorted(self.settings.changing_words, key=places.__getitem__)
        return {word: headings[places[word]] for word in ("reference", *changing)}

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        lines = rows_of(self.path, self.form, "export")
        headings = next(lines, None)
        if headings is None:
            raise ConfigurationError(
                f"The export '{self.path.name}' is empty.", remedy="Have the other system write it anew."
            )
        yield headings
        yield from lines

    def _places(self, headings: list[str]) -> dict[str, int]:
        there = [heading.strip() for heading in headings]
        return {word: self._place(word, heading.strip(), there) for word, heading in self.settings.columns.items()}

    def _place(self, word: str, heading: str, there: list[str]) -> int:
        if there.count(heading) == 1:
            return there.index(heading)
        why = "has more than one column" if heading in there else "has no column"
        hint = "" if heading in there else nearest(heading, there)
        raise ConfigurationError(
            f"The export '{self.path.name}' {why} '{heading}', which is configured for '{word}'.{hint}",
            remedy="Correct columns, delimiter or encoding in the configuration, or export that column.",
        )
