"""Pure translation between AuditCase's words and the domain's: who is meant, what a klantstatus says, until when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from disengage import Client, Link, LinkState

from disengage_auditcase.wire import ClientRow, TaskRow

#: The two klantstatussen that say whether somebody is a client; of any other no page says it.
_LINKED = {"klant": True, "geen klant meer": False}
_SUSPECT = "suspect"

#: Years for which a Dutch firm keeps a client's records: seed 003, and AWR article 52.
_YEARS_KEPT = 7

_SENDABLE = re.compile(r"[!-~]+(?: [!-~]+)*")


# --- who is meant -------------------------------------------------------------------------------------------


def reference_of(client: Client, connection: str) -> str:
    """Return the client number that the request gives; empty where it gives none."""
    return client.references.get(connection, "").strip()


def start_key(text: str) -> str:
    """Return the longest beginning of ``text`` that can stand in a header; empty where that is nothing.

    How letters outside of ASCII are sent is not documented. A shorter prefix finds the same clients, and more.
    """
    match = _SENDABLE.match(text.strip())
    return match[0] if match else ""


def by_number(found: Iterable[ClientRow], number: str) -> list[ClientRow]:
    """Return the clients with exactly this number."""
    return [row for row in found if (row.number or "").strip() == number]


def by_name(found: Iterable[ClientRow], name: str) -> list[ClientRow]:
    """Return the clients with exactly this name."""
    return [row for row in found if same_name(row.name or "", name)]


def tasks_of(found: Iterable[TaskRow], name: str) -> list[TaskRow]:
    """Return the tasks whose client has this name; a task does not say the number."""
    return [task for task in found if same_name(task.client or "", name)]


def same_name(one: str, other: str) -> bool:
    """Return whether two names differ in nothing but case and blanks; no name is the same as none."""
    return bool(_folded(one)) and _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def link_of(row: ClientRow) -> Link:
    """Return the link that a client of AuditCase is."""
    return Link(ref=(row.number or "").strip(), name=(row.name or "").strip())


# --- what stands there --------------------------------------------------------------------------------------


def observed(rows: list[ClientRow]) -> LinkState:
    """Return what AuditCase shows of a client number; nothing where it shows none, or more than one.

    A client that is not shown is not taken for one that was ended: whether the view hides those is not documented.
    """
    if len(rows) != 1:
        return LinkState()
    status = rows[0].status
    return LinkState(linked=_LINKED.get(_folded(status or "")), status=status)


def was_never_a_client(state: LinkState) -> bool:
    """Return whether the klantstatus is that of somebody who is not a client yet."""
    return _folded(state.status or "") == _SUSPECT


# --- until when ---------------------------------------------------------------------------------------------


def kept_until(period_to: date) -> date:
    """Return the day until which the records of a period must be kept at least.

    Seven years from the end of the financial year in which the period ends, which is taken for the calendar year.
    """
    return date(period_to.year + _YEARS_KEPT, 12, 31)
