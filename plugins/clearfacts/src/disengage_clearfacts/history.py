"""The firm's own copy of what the interface shows of a dossier: a snapshot, part by part.

What a token may not read becomes a gap, with the scope that it lacks; only the dossier's own entry is not negotiable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from disengage import CredentialsError, RejectedError, Sink

from disengage_clearfacts import api

if TYPE_CHECKING:
    from disengage.http import HttpClient

_NOT_BY_API = (
    "The interface gives no documents, no client users, no permanent dossier and no booking proposals, and what comes "
    "from the bookkeeping package must be kept from there."
)

_REFUSED = object()
Reader = Callable[["HttpClient", str], Any]
Part = tuple[str, str, str, Reader]

#: Name in the copy, the query, the scope that it needs, and how it is read.
PARTS: tuple[Part, ...] = (
    ("accountant", "accountant", "accountant", lambda http, _: api.accountant(http)),
    ("archive-categories", "archiveCategories", "archive_read", api.archive_categories),
    ("journals", "journals", "journal_read", api.journals),
    ("customers", "customers", "contact_read", api.customers),
    ("associates", "associates", "associate_read", lambda http, _: api.associates(http)),
)


def snapshot(http: HttpClient, number: str, sink: Sink) -> str | None:
    """Write everything; return one line on what there is, or None where the dossier is not shown any more.

    Raises:
        ConnectorError: The dossier's own entry cannot be read, or the token is not let in at all.
    """
    found = api.dossier(http, number)
    if found is None:
        if api.shown(http, number) is None:
            return None
        raise RejectedError("ClearFacts lists the dossier but does not show its entry.")
    sink.write_json("administration.json", found, source="query administration")
    written = [_written(http, number, sink, part) for part in PARTS]
    sink.gap(_NOT_BY_API)
    return f"administration and {sum(written)} of {len(PARTS)} lists"


def _written(http: HttpClient, number: str, sink: Sink, part: Part) -> bool:
    name, query, scope, read = part
    found = _asked(http, number, read)
    if found is _REFUSED:  # believed only when it is repeated, since a gap in the copy is never filled again
        api.dossier(http, number)  # raises where it is the token itself that is not let in any more
        found = _asked(http, number, read)
    if found is _REFUSED or found is None:
        sink.gap(f"{name}: ClearFacts gave none; the token may lack the scope {scope}.")
        return False
    sink.write_json(f"{name}.json", found, source=f"query {query}")
    return True


def _asked(http: HttpClient, number: str, read: Reader) -> Any:
    try:
        return read(http, number)
    except (RejectedError, CredentialsError):
        return _REFUSED
