"""One function per operation of AuditCase; all of them are documented, and all of them only read.

No error body, status code or rate limit is documented: what an error means is the HTTP kit's reading of its status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote

from disengage import CredentialsError, RejectedError, Surroundings, UnexpectedResponseError
from disengage.http import Answer, HeaderToken, HttpClient

from disengage_auditcase import wire
from disengage_auditcase.settings import AuditCaseSettings
from disengage_auditcase.wire import ClientRow, DocumentRow, Row, TaskRow

T = TypeVar("T", bound=Row)

#: Rows of a page: as many as may be asked for, and as many as come where the wish is not heeded.
_MOST, _USUAL = 500, 50
_MOST_PAGES = 10_000


def connect(settings: AuditCaseSettings, around: Surroundings) -> HttpClient:
    """Return an HTTP client that shows the configured token.

    Documented: https://support.caseware.nl/hc/nl/articles/115000994569 (address) and
    https://changetocomm.zendesk.com/hc/nl/articles/115004349853 (token), 2026-11-22. The header that carries the token
    was not found, so it is configured.
    """
    return HttpClient(
        connection=around.connection,
        base_url=settings.base_url,
        auth=HeaderToken(settings.auth_header, settings.auth_scheme, settings.token),
        limiter=around.limiter,
        headers={"Accept": "application/json"},
    )


def search_clients(http: HttpClient, start_key: str = "") -> list[ClientRow]:
    """Return the clients whose number, search name or name begins with ``start_key``; without one, all.

    GET /viewdata/clients with the header X-startKey. Documented:
    https://changetocomm.zendesk.com/hc/nl/articles/212303405 (2026-11-22)
    """
    headers = {"X-startKey": start_key} if start_key else {}
    return list(_pages(http, "/viewdata/clients", "search_clients", headers, ClientRow))


def count_clients(http: HttpClient) -> int | None:
    """Return how many clients the token may see; None where AuditCase does not say. Reads one row."""
    answer = _page(http, "/viewdata/clients", "search_clients", {}, 0, 1)
    wire.rows(answer, ClientRow)
    return wire.total(answer)


def list_tasks(http: HttpClient) -> list[TaskRow] | None:
    """Return everybody's open tasks; None where the token lacks the right.

    GET /viewdata/tasks with X-filter: All. Documented:
    https://support.caseware.nl/hc/nl/articles/9657684358941 (2026-11-22)
    """
    headers = {"X-filter": "All"}
    return _if_allowed(http, lambda: list(_pages(http, "/viewdata/tasks", "list_tasks", headers, TaskRow)))


def list_documents(http: HttpClient, number: str) -> list[DocumentRow] | None:
    """Return the files shared with the client of this number; None where the token lacks the extra right.

    GET /clientportaldocs/{client number}. Documented:
    https://changetocomm.zendesk.com/hc/nl/articles/115002316305 (2026-11-22), which names no paging.
    """
    if number in (".", ".."):  # in a path, these name another one
        return None
    path = f"/clientportaldocs/{quote(number, safe='')}"
    return _if_allowed(http, lambda: wire.rows(http.get(path, operation="list_documents"), DocumentRow))


def _if_allowed(http: HttpClient, read: Callable[[], list[T]]) -> list[T] | None:
    """Return what ``read`` reads; None where the token is good, but not for this.

    How AuditCase answers where a right is missing is not documented: 401, 403 and 404 are taken for it.

    Raises:
        CredentialsError: It is the token itself that is not accepted any more.
    """
    for _ in range(2):  # once more, so that a moment's refusal is not taken for a missing right
        try:
            return read()
        except CredentialsError:
            count_clients(http)
        except RejectedError as error:
            if error.status != 404:
                raise
    return None


def _page(
    http: HttpClient,
    path: str,
    operation: str,
    headers: Mapping[str, str],
    first: int,
    number: int,
) -> Answer:
    """Read the rows from ``first``, counted from zero; both ends of the range are included.

    Documented: https://support.changetocomm.nl/hc/nl/articles/360021097940 (2026-11-22)
    """
    asked = {**headers, "X-range": f"items={first}-{first + number - 1}"}
    return http.get(path, operation=operation, headers=asked)


def _pages(http: HttpClient, path: str, operation: str, headers: Mapping[str, str], kind: type[T]) -> Iterator[T]:
    """Yield every row. The next page begins behind what came, however much that was."""
    before: list[T] = []
    read = 0
    for _ in range(_MOST_PAGES):
        answer = _page(http, path, operation, headers, read, _MOST)
        found = wire.rows(answer, kind)
        if found and found == before:
            break
        yield from found
        read, before = read + len(found), found
        if not found or _is_last(len(found), read, wire.total(answer)):
            return
    raise UnexpectedResponseError(
        f"A list of AuditCase has no end: {operation} is answered with the same page again and again.",
        remedy="Compare the paging (X-range) with the vendor's documentation.",
    )


def _is_last(came: int, read: int, total: int | None) -> bool:
    """Return whether there is no page behind this one; without a total, a short page is the last."""
    return read >= total if total is not None else came not in (_MOST, _USUAL)
