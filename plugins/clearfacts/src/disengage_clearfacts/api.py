"""One function per operation of ClearFacts' GraphQL endpoint; each says the query, and how it is known.

All are reads, sent as ``POST`` with ``{"query", "variables"}``. Documented:
https://github.com/Clearfacts/cf_developer_docs and https://assets-prod.cdn.clearfacts.be/doc/index.html (2026-11-22).
No query or mutation was found that archives, deletes, migrates or activates a dossier. Errors arrive with HTTP 200
(observed). The types of variables other than ``companyNumber: String!`` of ``administration`` are inferred; ``!`` fits
an argument whether or not it may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from disengage import Rate, RejectedError, Surroundings, UnexpectedResponseError
from disengage.http import Bearer, HttpClient, Patience, paging

from disengage_clearfacts import mapping, wire
from disengage_clearfacts.settings import ClearFactsSettings
from disengage_clearfacts.wire import Accountant, Dossier

#: Dossiers asked for per call. No largest number is documented, so that the end is an empty page, never a short one.
DOSSIERS_PER_PAGE = 100
#: Customers come at most one hundred at a time (documented).
CUSTOMERS_PER_PAGE = 100
_MOST_PAGES = 10_000

_DOSSIER = (
    "name companyNumber accountManager companyType emails { type emailAddress } "
    "address { streetAddress country { iso2 name } }"
)


def connect(
    settings: ClearFactsSettings, around: Surroundings, rates: tuple[Rate, ...], patience: Patience | None = None
) -> HttpClient:
    """Return an HTTP client that works with the personal access token.

    ``Authorization: Bearer <token>``, documented: https://github.com/Clearfacts/cf_developer_docs (2026-11-22).
    """
    return HttpClient(
        connection=around.connection,
        base_url=settings.base_url,
        auth=Bearer(settings.token),
        limiter=around.limiter,
        rates=rates,
        limit_key=f"clearfacts:{around.connection}",
        patience=patience,
    )


def accountant(http: HttpClient) -> Any:
    """Return the firm that the token belongs to, as it comes (scope ``accountant``).

    ``address`` is left out: whether it has fields of its own there is not documented.
    """
    return _ask(http, "accountant", "query { accountant { name companyNumber email } }")["accountant"]


def whoami(http: HttpClient) -> Accountant | None:
    """Return the firm that the token belongs to (scope ``accountant``)."""
    return wire.one({"accountant": accountant(http)}, "accountant", Accountant)


def dossier(http: HttpClient, number: str) -> Any:
    """Return one dossier as it comes, or None (scope ``read_administrations``).

    What the platform answers for a number that it does not have is not documented: null and a refusal are the same.

    Raises:
        UnexpectedResponseError: The answer is another dossier.
    """
    query = f"query ($companyNumber: String!) {{ administration(companyNumber: $companyNumber) {{ {_DOSSIER} }} }}"
    try:
        found = _ask(http, "administration", query, companyNumber=number)["administration"]
    except RejectedError:
        return None
    shown_number = found.get("companyNumber") if isinstance(found, dict) else None
    if shown_number and mapping.bare(str(shown_number)) != number:
        raise UnexpectedResponseError(
            "ClearFacts answered another dossier than the one that was asked for.",
            remedy="Nothing is concluded from it; ask the vendor's support.",
        )
    return found


def administration(http: HttpClient, number: str) -> Dossier | None:
    """Return one dossier, or None; see ``dossier``."""
    return wire.one({"administration": dossier(http, number)}, "administration", Dossier)


def administrations(http: HttpClient) -> Iterator[Dossier]:
    """Yield every dossier of the firm (scope ``read_administrations``)."""
    query = (
        "query ($offset: Int!, $first: Int!) { administrations(offset: $offset, first: $first) { name companyNumber } }"
    )

    def fetch(offset: int) -> list[Any]:
        found = _ask(http, "administrations", query, offset=offset, first=DOSSIERS_PER_PAGE)
        return wire.many(found, "administrations")

    for rows in _until_empty(fetch):
        yield from wire.dossiers(rows)


def shown(http: HttpClient, number: str) -> Dossier | None:
    """Return the dossier if the portal shows it to this token; None only where the whole list lacks it too.

    Raises:
        ConnectorError: The list cannot be read, which proves no absence.
    """
    found = administration(http, number)
    if found is not None:
        return found
    return next((row for row in administrations(http) if mapping.bare(row.company_number) == number), None)


def archive_categories(http: HttpClient, number: str) -> Any:
    """Return the names of the archive's categories, not its documents (scope ``archive_read``)."""
    query = (
        "query ($vatnumber: String!) "
        "{ archiveCategories(vatnumber: $vatnumber) { various { id name } permanent { id name } } }"
    )
    return _ask(http, "archive_categories", query, vatnumber=number)["archiveCategories"]


def journals(http: HttpClient, number: str) -> Any:
    """Return the journals of a dossier (scope ``journal_read``)."""
    query = "query ($companyNumber: String!) { journals(companyNumber: $companyNumber) { id name creditNote } }"
    return _ask(http, "journals", query, companyNumber=number)["journals"]


def customers(http: HttpClient, number: str) -> list[Any]:
    """Return the customers of a dossier (scope ``contact_read``)."""
    query = (
        "query ($companyNumber: String!, $offset: Int!) "
        "{ customers(companyNumber: $companyNumber, offset: $offset) { id name } }"
    )

    def fetch(offset: int, _: int) -> list[Any]:
        found = _ask(http, "customers", query, companyNumber=number, offset=offset)
        if found["customers"] is None:
            raise RejectedError("ClearFacts gave no list of customers.")
        return wire.many(found, "customers")

    return list(paging.by_offset(fetch, size=CUSTOMERS_PER_PAGE))


def associates(http: HttpClient) -> Any:
    """Return the firm's own employees in the portal (scope ``associate_read``); client users are not among them."""
    return _ask(http, "associates", "query { associates { id email firstName lastName } }")["associates"]


class _Fields(dict[str, Any]):
    """The data of an answer; a field that is absent is null."""

    def __missing__(self, field: str) -> None:
        return None


def _ask(http: HttpClient, operation: str, query: str, **variables: Any) -> _Fields:
    return _Fields(http.graphql("", query, variables, operation=operation))


def _until_empty(fetch: Callable[[int], list[Any]]) -> Iterator[list[Any]]:
    """Yield pages until one is empty: a platform may give fewer than were asked for."""
    offset, before = 0, None
    for _ in range(_MOST_PAGES):
        rows = fetch(offset)
        if not rows:
            return
        if rows == before:
            break
        yield rows
        offset, before = offset + len(rows), rows
    raise UnexpectedResponseError(
        "The list of dossiers has no end: the same page comes again and again.",
        remedy="Compare the paging with the schema pages.",
    )
