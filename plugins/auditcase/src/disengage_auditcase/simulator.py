"""A firm's AuditCase on loopback. It only answers reads: people change it, which the ``@control`` methods do.

As documented: paths, the names of the columns, prefix search on number, search name and name, ``X-range`` (both ends
included, 50 rows by default, 500 at most), ``Content-RealTotal`` and the range header, which the vendor's article
spells ``Contact-Range``, ``X-filter: All``, the date form, and that PinkWeb deletes a client whose klantstatus becomes
*Geen klant meer*.

INFERRED, since the vendor publishes none of it: every error body, 401 for a wrong token and 403 for a missing right,
that prefixes heed case, that the order is by client number, that other columns follow ``$col6``, the values in tasks,
404 for files of an unknown client, and that the view goes on showing former clients (``hide_former`` makes it hide
them).
"""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from disengage.testing import Call, Fault, Reply, Simulator, control, route

_TOKEN = "simulated-jwt-7f3a1c"  # noqa: S105 -- it opens nothing but this simulator
_FORMER = "Geen klant meer"
_WHO = "Anna de Vries"
_USUAL, _MOST = 50, 500
_RANGE = re.compile(r"items=(\d+)-(\d+)")

_CONFIGURATION = """\
connector = "auditcase"
base_url = "{url}/ac/api"
token = {{ env = "AUDITCASE_TOKEN" }}
version = "9.6"
"""


@dataclass
class SimulatedClient:
    """One client card.

    Attributes:
        in_pinkweb: The linked portal still has the client.
        files: Names of the files shared with the client.
        tasks: Subjects of its open tasks, by whoever has them.
    """

    number: str
    name: str
    status: str = "Klant"
    in_pinkweb: bool = True
    files: list[str] = field(default_factory=lambda: ["Jaarrekening 2025.pdf", "Aangifte 2025.pdf"])
    tasks: dict[str, str] = field(default_factory=lambda: {"Aangifte 2026 bespreken (anna@fjord.example)": _WHO})

    @property
    def search_name(self) -> str:
        """The name to search by."""
        return self.name.upper()

    def begins_with(self, key: str) -> bool:
        """Return whether the prefix search finds the client."""
        return any(text.startswith(key) for text in (self.number, self.search_name, self.name))

    def row(self) -> dict[str, Any]:
        """Return the client as the view shows it."""
        columns = (self.number, self.search_name, self.name, self.status, "Utrecht", "Domplein 1", _mail(self.number))
        return {"$id": _key(self.number), **{f"$col{n}": text for n, text in enumerate(columns, 1)}}


class AuditCaseSimulator(Simulator):
    """A firm with as many fictitious clients as asked for; the first is Nordlys Kafé AS with the number 1001.

    Args:
        clients: How many.
        faults: As for every simulator.
        seed: As for every simulator.
    """

    name: ClassVar[str] = "auditcase"
    planted = (_WHO,)

    def __init__(self, *, clients: int = 1, faults: str = "", seed: int = 0) -> None:
        super().__init__(faults=faults, seed=seed)
        self.clients = [_a_client(n) for n in range(1, clients + 1)]
        #: What a connection has to show, and what its token may see.
        self.header, self.scheme = "Authorization", "Bearer"
        self.may_read = {"tasks": True, "clientportaldocs": True}
        self.former_hidden = False
        self._refuses = False

    # what `disengage simulate`, the demo and the tests ask

    def configuration(self, folder: Path) -> str:  # noqa: ARG002 -- nothing of AuditCase lies in a folder
        """Return the TOML below ``[connections.NAME]``."""
        return _CONFIGURATION.format(url=self.url)

    def environment(self) -> dict[str, str]:
        """Return the variable that holds the token."""
        return {"AUDITCASE_TOKEN": _TOKEN}

    def example(self) -> dict[str, Any]:
        """Return what a request for Nordlys Kafé AS needs here."""
        return self.client(1)

    def client(self, n: int) -> dict[str, Any]:
        """Return what a request for client ``n`` needs here; AuditCase finds nobody by an identifier."""
        client = self._by_number(_number(n))[0]
        return {
            "name": client.name,
            "country": "NO",
            "identifiers": {},
            "references": client.number,
            "options": {"keep_billing_to": False},
        }

    def play(self, verb: str, part: str, ref: str, scope: str | None = None) -> None:  # noqa: ARG002 -- one link
        """Do what a person's task does on the platform; everything but the change of klantstatus leaves no trace."""
        if verb == "sever_link":
            self.sever(ref)

    def files(self, verb: str, part: str) -> dict[str, tuple[str, bytes]]:
        """Return the files that a person brings back from a task, by their key."""
        if (verb, part) == ("retain_history", "portal"):
            return {"copy": ("pinkweb.zip", _zip("pinkweb/Jaarrekening 2025.txt"))}
        return {}

    def values(self, verb: str, part: str) -> dict[str, str]:
        """Return a person's answers that a default would not give."""
        return {"linked": "PinkWeb, Exact Online"} if (verb, part) == ("remove_extensions", "") else {}

    @control
    def sever(self, number: str) -> None:
        """Set the klantstatus to *Geen klant meer*, as a person does on the client card."""
        self.set_status(number, _FORMER)

    @control
    def set_status(self, number: str, status: str) -> None:
        """Give the client any klantstatus; the linked products follow."""
        with self.lock:
            for client in self._by_number(number):
                client.status = status
                self.effect(f"{number} klantstatus {status}")
                if status == _FORMER and client.in_pinkweb:
                    client.in_pinkweb = False
                    self.effect(f"{number} deleted from PinkWeb")

    @control
    def add_client(self, number: str, name: str, status: str = "Klant") -> None:
        """Add a client card; a number or a name may be there twice."""
        with self.lock:
            self.clients.append(SimulatedClient(number, name, status))

    @control
    def hide_former(self, hidden: bool = True) -> None:
        """Let the view hide clients with the status *Geen klant meer*."""
        with self.lock:
            self.former_hidden = hidden

    @control
    def allow(self, what: str, allowed: bool) -> None:
        """Give the token the right to ``tasks`` or ``clientportaldocs``, or take it away."""
        with self.lock:
            self.may_read[what] = allowed

    def forget_tokens(self) -> None:
        """Refuse the token once: nothing but a person can make a new one, and the next call is taken for that one."""
        with self.lock:
            self._refuses = True

    # documented

    @route("GET", "/ac/api/viewdata/clients")
    def search_clients(self, call: Call) -> Reply:
        """Return the clients whose number, search name or name begins with ``X-startKey``."""
        key = call.headers.get("X-startKey") or ""
        with self.lock:
            shown = [c for c in self.clients if not (self.former_hidden and c.status == _FORMER)]
            found = [client.row() for client in shown if client.begins_with(key)]
        found.sort(key=lambda row: str(row["$col1"]))
        return self._refusal(call) or self._in_range(call, found)

    @route("GET", "/ac/api/viewdata/tasks")
    def list_tasks(self, call: Call) -> Reply:
        """Return the open tasks of the caller, or of everyone; the caller has none of its own."""
        everyone = (call.headers.get("X-filter") or "") == "All"
        with self.lock:
            found = [_task(client, subject) for client in self.clients for subject in client.tasks if everyone]
        return self._refusal(call, "tasks") or self._in_range(call, found)

    @route("GET", "/ac/api/clientportaldocs/{key}")
    def list_documents(self, call: Call, key: str) -> Reply:
        """Return the files shared with a client, by its number or key."""
        with self.lock:
            meant = [client for client in self.clients if key in (client.number, _key(client.number))]
            found = [_document(client, name) for client in meant for name in client.files]
        return self._refusal(call, "clientportaldocs") or (Reply(body=found) if meant else self.error(404))

    def error(self, status: int, fault: Fault | None = None) -> Reply:
        """Answer an error; its body is inferred, and names a person, as a careless platform's would."""
        headers = {"Retry-After": f"{fault.value:g}"} if fault and fault.value is not None else {}
        return Reply(status, {"message": f"simulated {status} for api@fjord.example"}, headers)

    def _refusal(self, call: Call, right: str = "") -> Reply | None:
        """Return why a call is not answered: another token, or a right that is missing."""
        shown = call.headers.get(self.header) or ""
        with self.lock:
            refused, self._refuses = self._refuses, False
        if refused or shown != f"{self.scheme} {_TOKEN}".strip():
            return self.error(401)
        return None if self.may_read.get(right, True) else self.error(403)

    def _in_range(self, call: Call, rows: list[dict[str, Any]]) -> Reply:
        """Return the rows that ``X-range`` asks for, with how many there are in all."""
        match = _RANGE.fullmatch(call.headers.get("X-range") or "")
        first, last = (int(match[1]), int(match[2])) if match else (0, _USUAL - 1)
        page = rows[first : min(last + 1, first + _MOST)]
        headers = {
            "Content-RealTotal": str(len(rows)),
            "Contact-Range": f"{first}-{first + max(len(page), 1) - 1}/{len(page)}",
        }
        return Reply(body=page, headers=headers)

    def _by_number(self, number: str) -> list[SimulatedClient]:
        return [client for client in self.clients if client.number == number]


def _a_client(n: int) -> SimulatedClient:
    return SimulatedClient(_number(n), "Nordlys Kafé AS" if n == 1 else f"Prøveklient {n} AS")


def _number(n: int) -> str:
    return str(1000 + n)


def _mail(number: str) -> str:
    return f"post@klant{number}.example"


def _key(text: str) -> str:
    """Return the 32 hexadecimal digits that stand for ``text``, the same in every run."""
    return uuid.uuid5(uuid.NAMESPACE_OID, text).hex


def _task(client: SimulatedClient, subject: str) -> dict[str, Any]:
    return {
        "$id": _key(client.number + subject),
        "Klantnaam": client.name,
        "Startdatum": "01-12-2026 09:00:00",
        "Einddatum": "31-12-2026 17:00:00",
        "ActieTeDoen": client.tasks[subject],
        "Onderwerp": subject,
        "$linktodocument": f"/ac/document/{_key(subject)}",
    }


def _document(client: SimulatedClient, name: str) -> dict[str, Any]:
    return {
        "$id": _key(client.number + name),
        "DateComposed": "15-03-2026 10:00:00",
        "DateLastModified": "16-03-2026 11:30:00",
        "Level1": "Jaarwerk",
        "Level2": "2025",
        "Level3": "",
        "Level4": "",
        "Description": f"Gedeeld met {_mail(client.number)}",
        "FileName": name,
        "FileSize": "48213",
    }


def _zip(name: str) -> bytes:
    """Return a ZIP with one fictitious file, the same bytes in every run."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 12, 31, 0, 0, 0)), "Jaarrekening 2025 (fictief)\n")
    return content.getvalue()
