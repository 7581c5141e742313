"""The other system: it writes an export of fictitious clients, and imports the change file when it is told to.

INFERRED throughout, since no particular product stands behind a table: rows are applied in the order in which they
stand, the last one wins, an empty cell clears, and the change file is read but never moved or shortened.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from disengage.testing import Simulator, control

_HEADINGS = ("Klantnummer", "Naam", "Organisatienummer", "Klantstatus", "Einde relatie", "Facturatie aan")
_BOM = "\ufeff"

_CONFIGURATION = """\
connector = "generic_csv"
clients = "simulated-table/clients.csv"
changes = "simulated-table/changes.csv"
documents = "simulated-table/documents"
encoding = "utf-8"
delimiter = ";"
columns.reference = "Klantnummer"
columns.name = "Naam"
columns.orgnr = "Organisatienummer"
columns.status = "Klantstatus"
columns.end_date = "Einde relatie"
columns.billing_to = "Facturatie aan"
values.active = "Klant"
values.ended = "Geen klant meer"
verbs.sever_link = { status = "ended", end_date = "{ends_on}" }
verbs.settle_billing = { billing_to = "" }
"""


class TableSimulator(Simulator):
    """A CRM that speaks only tables.

    Args:
        clients: How many fictitious clients it has; the first is always "Nordlys Kafé AS".
        faults: As for every simulator; they strike its controls only, since nothing else goes over HTTP.
        seed: As for every simulator.
    """

    name: ClassVar[str] = "generic_csv"

    def __init__(self, *, clients: int = 1, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        self.clients = {_reference(n): _a_client(n) for n in range(1, clients + 1)}
        self.folder: Path | None = None
        self._imported = 0

    def configuration(self, folder: Path) -> str:
        """Write a fresh export below ``folder/simulated-table``; return the TOML that fits."""
        if self.folder != folder / "simulated-table":
            self.folder = folder / "simulated-table"
            documents = self.folder / "documents" / _reference(1)
            documents.mkdir(parents=True, exist_ok=True)
            self.folder.joinpath("changes.csv").unlink(missing_ok=True)
            documents.joinpath("jaarrekening-2025.txt").write_text("Jaarrekening 2025 (fictief)\n", encoding="utf-8")
            self.write_export()
        return _CONFIGURATION

    def example(self) -> dict[str, Any]:
        """Return what a request for Nordlys Kafé AS needs here."""
        return self.client(1)

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for client ``n`` needs here."""
        client = self.clients[_reference(n)]
        return {
            "name": client["Naam"],
            "country": "NO",
            "identifiers": {"orgnr": client["Organisatienummer"]},
            "references": _reference(n),
            "options": {"keep_billing_to": False},
        }

    @control
    def apply_changes(self) -> int:
        """Import what is new in the change file, export again, and return how many rows were new."""
        with self.lock:
            rows = self._changes()[self._imported :]
            for row in rows:
                self._apply(row)
            self._imported += len(rows)
            self.write_export()
            return len(rows)

    @control
    def set_cell(self, reference: str, column: str, value: str) -> None:
        """Change one cell, as somebody who works in the other system would, and export again."""
        with self.lock:
            self.clients[reference][column] = value
            self.write_export()

    @control
    def lose(self, reference: str, ended_on: str = "") -> None:
        """End a client in the other system itself, yesterday if no date is given; no effect of ours is recorded."""
        with self.lock:
            yesterday = datetime.now(UTC).date() - timedelta(days=1)
            ending = {"Klantstatus": "Geen klant meer", "Einde relatie": ended_on or str(yesterday)}
            self.clients[reference].update(ending)
            self.write_export()

    @control
    def write_export(self) -> None:
        """Write the export anew, whole or not at all."""
        assert self.folder, "ask for the configuration first"
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _HEADINGS, delimiter=";")
        writer.writeheader()
        writer.writerows(self.clients.values())
        complete = self.folder / "clients.new"
        complete.write_text(_BOM + text.getvalue(), encoding="utf-8", newline="")
        complete.replace(self.folder / "clients.csv")

    def _changes(self) -> list[dict[str, str]]:
        assert self.folder, "ask for the configuration first"
        path = self.folder / "changes.csv"
        if not path.exists():
            return []
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))

    def _apply(self, row: dict[str, str]) -> None:
        reference = row["Klantnummer"]
        client = self.clients[reference]
        for column, value in row.items():
            if client[column] != value:
                client[column] = value
                self.effect(f"{reference}: {column}={value}")


def _a_client(n: int) -> dict[str, str]:
    cells = (
        _reference(n),
        "Nordlys Kafé AS" if n == 1 else f"Prøveklient {n} AS",
        _number(n),
        "Klant",
        "",
        "10000",
    )
    return dict(zip(_HEADINGS, cells, strict=True))


def _reference(n: int) -> str:
    return str(10_000 + n)


def _number(n: int) -> str:
    """Return the organisation number of fictitious client ``n``: valid, and below every number that is handed out."""
    if n == 1:
        return "974760673"
    valid = [body for body in range(20_000_000, 20_000_000 + 2 * n + 2) if _check_digit(body) < 10]
    return f"{valid[n]}{_check_digit(valid[n])}"


def _check_digit(body: int) -> int:
    total = sum(weight * int(digit) for weight, digit in zip((3, 2, 7, 6, 5, 4, 3, 2), f"{body:08}", strict=True))
    return (11 - total % 11) % 11
