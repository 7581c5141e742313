"""What stands in a hand-over pack: files with safe names, an inventory with the original ones, and a note to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from disengage.domain.case import Case
from disengage.domain.values import Frozen
from disengage.engine.history import History, KeptFile, all_files
from disengage.engine.packing import Pack, pieces
from disengage.engine.pdfs import pdfs_in
from disengage.engine.view import moment
from disengage.engine.workplace import Workplace
from disengage.errors import BlockedError, VaultError
from disengage.vault.names import SafeNames

#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_README = """{firm}
The history of {client} from {begin} to {end}, as the firm kept it.

Handed over to: {recipient}
Made:           {made}

inventory.csv and inventory.json list every file with the name that it had originally, its size and its checksum.
To check that every file arrived as it was sent, open a terminal in the folder into which this was unpacked:

  sha256sum -c SHA256SUMS
{missing}"""


class PackFormat(StrEnum):
    """In which form the history is handed over."""

    PDF = "pdf"
    ORIGINAL = "original"


class Entry(Frozen):
    """One file of the pack, as the inventory lists it.

    Attributes:
        name: Its name in the pack.
        original_name: What it was called where it comes from; inside an archive, that one's name before it.
        connection: Where it comes from.
    """

    name: str
    original_name: str
    connection: str
    size: int
    sha256: str


class Made(Frozen):
    """What was packed.

    Attributes:
        files: How many files of the history.
        not_included: What is not in it, and why.
    """

    files: int
    not_included: tuple[str, ...]


class HandoverPack:
    """One pack, before it is written.

    Args:
        workplace: The workplace.
        case: The case.
        history: What there is to hand over.
        form: In which form.
        recipient: Who receives it.
    """

    def __init__(self, workplace: Workplace, case: Case, history: History, form: PackFormat, recipient: str) -> None:
        self._workplace, self._case, self._history = workplace, case, history
        self._form, self._recipient = form, recipient
        self._names = SafeNames()
        for name in ("README.txt", "inventory.csv", "inventory.json", "SHA256SUMS"):
            self._names.take(name)
        self._entries: list[Entry] = []
        self._missing: list[str] = []

    def write(self, pack: Pack) -> Made:
        """Write all of it.

        Raises:
            BlockedError: There is no PDF in the history.
            VaultError: A file is not as it was kept.
        """
        for copy, files in all_files(self._workplace, self._history):
            self._missing += [f"{copy.connection}: {gap}" for gap in copy.gaps]
            for file in files:
                self._add(pack, file)
        self._missing += [f"{step}: not kept yet" for step in self._history.unfinished]
        if not self._entries:
            raise BlockedError(
                f"There is no PDF in the history of case {self._case.id}.",
                remedy="Hand it over with --format original.",
            )
        self._inventory(pack)
        pack.text("README.txt", self._readme())
        return Made(files=len(self._entries), not_included=tuple(self._missing))

    def _add(self, pack: Pack, file: KeptFile) -> None:
        with self._workplace.vault.open_file(file.copy_.path, f"data/{file.name}") as opened:
            if self._form is PackFormat.ORIGINAL:
                packed = self._packed(pack, file.copy_.connection, file.original, pieces(opened), file.size)
                if packed.sha256 != file.sha256:
                    raise VaultError(
                        f"The file {file.name} of {file.copy_.path} is not what was kept.",
                        remedy="See with 'disengage verify' what is wrong; nothing was handed over.",
                    )
                return
            for found in pdfs_in(file.original, opened):
                if found.chunks is None:
                    self._missing.append(f"{file.copy_.connection}: {found.name}: {found.why}")
                else:
                    self._packed(pack, file.copy_.connection, found.name, found.chunks, None)

    def _packed(self, pack: Pack, connection: str, original: str, chunks: Iterator[bytes], size: int | None) -> Entry:
        packed = pack.add(self._names.take(f"{connection}/{original}"), chunks, size)
        entry = Entry(
            name=packed.name, original_name=original, connection=connection, size=packed.size, sha256=packed.sha256
        )
        self._entries.append(entry)
        return entry

    def _inventory(self, pack: Pack) -> None:
        request = self._case.request
        period = request.ending.period
        document: dict[str, Any] = {
            "firm": self._workplace.settings.firm.name,
            "client": request.client.name,
            "period": {"from": str(period.from_), "to": str(period.to)},
            "recipient": self._recipient,
            "format": str(self._form),
            "files": [entry.model_dump(mode="json") for entry in self._entries],
            "not_included": self._missing,
        }
        pack.json("inventory.json", document)
        text = io.StringIO(newline="")
        rows = csv.writer(text, delimiter=";")
        rows.writerow(Entry.model_fields)
        rows.writerows([_cell(value) for value in entry.model_dump().values()] for entry in self._entries)
        pack.text("inventory.csv", "\ufeff" + text.getvalue())  # by the mark spreadsheets know UTF-8

    def _readme(self) -> str:
        request, missing = self._case.request, "".join(f"  {line}\n" for line in self._missing)
        return _README.format(
            firm=self._workplace.settings.firm.name,
            client=request.client.name,
            begin=request.ending.period.from_,
            end=request.ending.period.to,
            recipient=self._recipient,
            made=moment(self._workplace.now()),
            missing=f"\nNot included:\n\n{missing}" if missing else "",
        )


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a name for a formula; the JSON inventory has it as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
