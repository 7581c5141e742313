"""What the simulated endpoint knows of the schema: queries, scopes, arguments and fields, as its pages have them."""

from __future__ import annotations

import re
from typing import Any

from disengage.testing import Reply

from disengage_clearfacts import fiction

#: Query → the scope that it needs.
SCOPES = {
    "accountant": "accountant",
    "administrations": "read_administrations",
    "administration": "read_administrations",
    "archiveCategories": "archive_read",
    "journals": "journal_read",
    "customers": "contact_read",
    "associates": "associate_read",
}
#: One query with one field: its name, its arguments, what is selected of it.
QUERY = re.compile(r"^\s*query\s*(?:\([^)]*\))?\s*\{\s*(\w+)\s*(\([^)]*\))?\s*\{(.*)\}\s*\}\s*$", re.DOTALL)

_ARGUMENTS: dict[str, set[str]] = {
    "accountant": set(),
    "administrations": {"offset", "first"},
    "administration": {"companyNumber"},
    "archiveCategories": {"vatnumber"},
    "journals": {"companyNumber"},
    "customers": {"companyNumber", "offset"},
    "associates": set(),
}
_DOSSIER = {*fiction.a_dossier(1).row(), "type", "emailAddress", "streetAddress", "country", "iso2"}
_FIELDS = {
    "accountant": {"name", "companyNumber", "email"},
    "administrations": _DOSSIER,
    "administration": _DOSSIER,
    "archiveCategories": {"various", "permanent", "id", "name"},
    "journals": {"id", "name", "creditNote"},
    "customers": {"id", "name"},
    "associates": set(fiction.ASSOCIATE),
}


def complaint(query: str, arguments: str, selection: str, variables: dict[str, Any]) -> str:
    """Return what is wrong with a query; its words are inferred. Introspection is off (observed)."""
    if query not in SCOPES:
        return f"Cannot query field '{query}' on type 'Query'"
    known = _ARGUMENTS[query]
    if set(re.findall(r"(\w+)\s*:", arguments)) != known or set(variables) != known:
        return f"Wrong arguments for '{query}'"
    unknown = set(re.findall(r"\w+", selection)) - _FIELDS[query]
    return f"Cannot query field '{min(unknown)}'" if unknown else ""


def found(query: str, answer: Any) -> Reply:
    """Answer a query."""
    return Reply(body={"data": {query: answer}})


def refused(message: str, query: str = "") -> Reply:
    """Answer an error with HTTP 200, as was observed."""
    return Reply(body={"errors": [{"message": message}], "data": {query: None} if query else None})
