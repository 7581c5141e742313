"""What may stand under ``[connections.NAME]`` of a table, and the options of a request."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from string import Formatter
from typing import TypeVar

from disengage import ConnectionSettings, Verb
from disengage.domain.complaints import nearest
from disengage.domain.values import Frozen
from pydantic import Field, ValidationInfo, field_validator

T = TypeVar("T")

#: The verbs that can set columns; ``retain_history`` only reads.
SETTABLE = tuple(str(verb) for verb in Verb if verb not in (Verb.RETAIN_HISTORY, Verb.ACTIVATE))

#: What may stand in braces in a verb's assignment.
PLACEHOLDERS = (
    "ends_on",
    "notice_on",
    "period_from",
    "period_to",
    "today",
    "reason",
    "client",
    "reference",
    "successor",
    "firm",
)


class Options(Frozen):
    """The choices of one request.

    Attributes:
        keep_billing_to: Whether *facturatie aan* stays; None where the request does not say.
        delete_client: Always refused, with the reason.
    """

    keep_billing_to: bool | None = None
    delete_client: bool = False


class GenericCsvSettings(ConnectionSettings):
    """One table that a system exports, and the change file that it imports.

    Attributes:
        clients: The export that is read.
        changes: The file that is written.
        documents: Folder with one folder per client reference.
        encoding: Of export and change file.
        delimiter: Between two cells.
        date_format: How dates are read and written, in the words of ``strftime``; ISO dates are always read.
        columns: Our word = the export's heading.
        values: Our word for a state = the cell's text.
        verbs: What a verb sets: our word for the column = text with ``{placeholders}``.
    """

    clients: str = Field(min_length=1)
    changes: str = Field(min_length=1)
    documents: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    date_format: str = "%Y-%m-%d"
    columns: dict[str, str]
    values: dict[str, str] = {}
    verbs: dict[str, dict[str, str]] = {}

    @field_validator("changes")
    @classmethod
    def _changes_are_another_file(cls, changes: str, info: ValidationInfo) -> str:
        if changes == info.data.get("clients"):
            raise ValueError("must be another file than 'clients', which is only read")
        return changes

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError("is not an encoding that is known (write utf-8, cp1252, iso-8859-15, utf-16 …)") from None
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _delimiter_is_one_sign(cls, delimiter: str) -> str:
        if len(delimiter) != 1 or delimiter in '"\r\n\0':
            raise ValueError('must be one character, as ";" or "," or "\\t"')
        return delimiter

    @field_validator("date_format")
    @classmethod
    def _date_format_goes_both_ways(cls, date_format: str) -> str:
        sample = date(2026, 12, 31)
        with contextlib.suppress(ValueError):
            if datetime.strptime(sample.strftime(date_format), date_format).date() == sample:  # noqa: DTZ007 -- a date
                return date_format
        raise ValueError('must name day, month and year, as "%Y-%m-%d" or "%d-%m-%Y"')

    @field_validator("columns")
    @classmethod
    def _columns_lead_to_the_client(cls, columns: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "reference" not in columns:
            raise ValueError(f"must have 'reference', the key of a client.{nearest('reference', columns)}")
        headings = Counter(heading.strip() for heading in columns.values())
        if headings[""]:
            raise ValueError("has an empty heading")
        heading, times = headings.most_common(1)[0]
        if times > 1:
            raise ValueError(f"gives the heading '{heading}' to two of our words")
        return _writable(columns, columns.values(), info)

    @field_validator("values")
    @classmethod
    def _values_can_be_written(cls, values: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        return _writable({word: text.strip() for word, text in values.items()}, values.values(), info)

    @field_validator("verbs")
    @classmethod
    def _verbs_fit_the_columns(
        cls, verbs: dict[str, dict[str, str]], info: ValidationInfo
    ) -> dict[str, dict[str, str]]:
        for verb, assignments in verbs.items():
            if verb not in SETTABLE:
                raise ValueError(f"has '{verb}', which is not a verb that can set columns.{nearest(verb, SETTABLE)}")
            if not assignments:
                raise ValueError(f"has '{verb}' without a column; leave it out where there is nothing to do")
            for word, text in assignments.items():
                _fits(f"{verb}.{word}", word, text, info.data)
        _agree(verbs)
        return _writable(verbs, (text for given in verbs.values() for text in given.values()), info)

    @field_validator("operations")
    @classmethod
    def _no_operations(cls, operations: dict[str, str]) -> dict[str, str]:
        if operations:
            raise ValueError("has no meaning for a table; map verbs to columns instead")
        return operations

    @property
    def changing_words(self) -> frozenset[str]:
        """Our words for every column that any configured verb changes."""
        return frozenset(word for assignments in self.verbs.values() for word in assignments)

    def assignments(self, verb: Verb) -> dict[str, str]:
        """Return what ``verb`` sets, states already in the table's own words; nothing where it is not configured."""
        states = {word: text.replace("{", "{{").replace("}", "}}") for word, text in self.values.items()}
        return {word: states.get(text, text) for word, text in self.verbs.get(str(verb), {}).items()}


def _fits(where: str, word: str, text: str, settings: Mapping[str, dict[str, str]]) -> None:
    """Refuse one assignment that could not be carried out; ``settings`` lacks what was refused itself."""
    columns, values = settings.get("columns"), settings.get("values", {})
    if columns is not None and word not in columns:
        raise ValueError(f"has '{where}', which is not in columns.{nearest(word, columns)}")
    if word == "reference":
        raise ValueError(f"has '{where}', which would change the key by which the client is found")
    if word == "status" and text not in (*values, *values.values()):
        raise ValueError(f"sets '{where}' to what is not a word of values.{nearest(text, values)}")
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        raise ValueError(f"sets '{where}' to a text with a brace that has no partner") from None
    for _, name, spec, conversion in pieces:
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            raise ValueError(f"sets '{where}' to the unknown placeholder '{{{name}}}'.{nearest(name, PLACEHOLDERS)}")


def _agree(verbs: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse two verbs that set one column differently: they would undo each other, row after row."""
    said: dict[str, tuple[str, str]] = {}
    for verb, assignments in verbs.items():
        for word, text in assignments.items() if verb != Verb.INVITE_BACK else ():
            other, before = said.setdefault(word, (verb, text))
            if before != text:
                raise ValueError(f"has '{other}' and '{verb}' set '{word}' to different values")


def _writable(given: T, texts: Iterable[str], info: ValidationInfo) -> T:
    encoding = info.data.get("encoding", "utf-8")
    try:
        "".join(texts).encode(encoding)
    except UnicodeEncodeError:
        raise ValueError(f"holds a character that {encoding} does not have") from None
    return given
