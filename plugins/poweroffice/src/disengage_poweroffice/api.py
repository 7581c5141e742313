"""One function per operation of Go's API v2; each names the vendor's method and path, and how it is known.

Paths count from the base URL. Operation names are those of the manifest. What reads a client's books is in ``books``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

from disengage import Rate, Secret, Surroundings
from disengage.errors import CredentialsError, RejectedError
from disengage.http import Answer, ClientCredentials, HttpClient, paging

from disengage_poweroffice import wire
from disengage_poweroffice.settings import PowerOfficeSettings
from disengage_poweroffice.wire import ClientRow, RemovalRow, UserRow

T = TypeVar("T")

#: Go's default; 20 000 is its maximum (schema ResourceParameters, read 2026-11-22).
PAGE_SIZE = 5000
#: What a missing privilege is answered with.
FORBIDDEN = (403,)
SUBSCRIPTION_HEADER = "Ocp-Apim-Subscription-Key"


def connect(
    settings: PowerOfficeSettings, around: Surroundings, client_key: Secret, rates: tuple[Rate, ...]
) -> HttpClient:
    """Return an HTTP client that works as the Go client to whom ``client_key`` belongs.

    POST /OAuth/Token, client credentials, ``Basic applicationKey:clientKey``. Documented:
    https://developer-betatest.poweroffice.net/documentation/authentication (2026-11-22). That the subscription
    key goes with the token call too is observed.
    """
    auth = ClientCredentials(
        token_url=settings.token_endpoint,
        basic=(settings.application_key, client_key),
        headers={SUBSCRIPTION_HEADER: settings.subscription_key},
    )
    auth.secrets += (settings.client_key,)  # no error may repeat the partner's key either
    return HttpClient(
        connection=around.connection,
        base_url=settings.base_url,
        auth=auth,
        limiter=around.limiter,
        rates=rates,
        limit_key=limit_key(settings.subscription_key),
        headers={SUBSCRIPTION_HEADER: settings.subscription_key},
    )


def limit_key(subscription_key: Secret) -> str:
    """Return the name under which calls are counted: the same for every connection with this subscription key.

    The limit is per subscription key and shared by all clients. Documented:
    https://developer-betatest.poweroffice.net/documentation/requests (2026-11-22)
    """
    digest = hmac.new(subscription_key.reveal().encode(), b"disengage rate limit", hashlib.sha256)
    return f"poweroffice:{digest.hexdigest()[:24]}"


def asked_twice(ask: Callable[[], T]) -> T:
    """Return what ``ask`` returns; where Go refuses, ask once more.

    A refusal is believed here: it makes a gap in a copy, or says that the integration is gone.
    """
    try:
        return ask()
    except (RejectedError, CredentialsError):
        return ask()


def answered(http: HttpClient, path: str, operation: str, accept: tuple[int, ...] = (), **params: Any) -> Answer:
    """Return the answer to a read.

    Raises:
        RejectedError: The answer was one of ``accept``; its ``status`` says which.
    """

    def ask() -> Answer:
        answer = http.get(path, operation=operation, params=params, accept=accept)
        if answer.status in accept:
            raise RejectedError(f"Go does not answer '{operation}'.", status=answer.status)
        return answer

    return asked_twice(ask)


def pages(
    http: HttpClient, path: str, operation: str, size: int, accept: tuple[int, ...] = (), **params: Any
) -> Iterator[Any]:
    """Yield the rows of a plain list, page by page until a short page or 204.

    Paging by ``PageNumber`` and ``PageSize``; no total is ever given. Documented: schema
    ResourceParameters (2026-11-22).

    Raises:
        RejectedError: The answer was one of ``accept``; its ``status`` says which.
    """

    def fetch(number: int, size: int) -> list[Any]:
        answer = answered(http, path, operation, accept, **params, PageNumber=number, PageSize=size)
        return [] if answer.status == 204 else wire.listed(answer.json(), operation)

    yield from paging.by_page_number(fetch, size=size)


def segment(given: str) -> str:
    """Return ``given`` as one piece of a path, whatever it holds."""
    return quote(given, safe="")


# --- client administration, with the partner's own key ------------------------------------------------------
# https://developer.poweroffice.net/endpoints/client-settings/client-administration (read 2026-11-22)


def list_clients(http: HttpClient, *, active: bool, size: int = PAGE_SIZE) -> Iterator[ClientRow]:
    """GET /ClientAdmin/Clients?isActive: the firm's clients, those with its partner code. Documented.

    There is no filter by organisation number. Whoever has found what he looks for reads no further page.
    """
    for row in pages(http, "/ClientAdmin/Clients", "list_clients", size, isActive=str(active).lower()):
        yield wire.one(ClientRow, row, "list_clients")


def list_users(http: HttpClient, client_id: str, size: int = PAGE_SIZE) -> list[UserRow]:
    """GET /ClientAdmin/{clientId}/Users: the users of one of the firm's clients. Documented."""
    rows = pages(http, f"/ClientAdmin/{segment(client_id)}/Users", "list_users", size)
    return [wire.one(UserRow, row, "list_users") for row in rows]


def patch_user(http: HttpClient, client_id: str, user_id: str, field: str, value: str) -> None:
    """PATCH /ClientAdmin/{clientId}/Users/{userId}, an RFC 6902 patch of ``AccessRoleId`` or ``ToDate``. Documented."""
    patch = [{"op": "replace", "path": f"/{field}", "value": value}]
    path = f"/ClientAdmin/{segment(client_id)}/Users/{segment(user_id)}"
    http.call("PATCH", path, operation="patch_user", patch=patch)


def invite_user(http: HttpClient, client_id: str, *, email: str, first: str, last: str, role: str) -> None:
    """POST /ClientAdmin/{clientId}/Users/Invite: Go sends the invitation by e-mail. Documented."""
    body = {"EmailAddress": email, "FirstName": first, "LastName": last, "AccessRoleId": role}
    http.call("POST", f"/ClientAdmin/{segment(client_id)}/Users/Invite", operation="invite_user", json=body)


# --- with a client's own key --------------------------------------------------------------------------------
# Vendor's OpenAPI, https://prdm0go0stor0apiv20eurw.z6.web.core.windows.net/ (read 2026-11-22)


def integration_information(http: HttpClient) -> Any | None:
    """GET /ClientIntegrationInformation: whom the key belongs to; needs no privilege. Documented.

    Returns the answer as it is; None where Go answers 403, which it documents although no privilege is needed.
    """
    return _unless_forbidden(http, "/ClientIntegrationInformation", "client_integration_information")


def lock_date(http: HttpClient) -> Any | None:
    """GET /LockDateSettings: the day up to which nothing can be posted; None without the privilege. Documented."""
    return _unless_forbidden(http, "/LockDateSettings", "lock_date")


def _unless_forbidden(http: HttpClient, path: str, operation: str) -> Any | None:
    try:
        return answered(http, path, operation, FORBIDDEN).json()
    except RejectedError as error:
        if error.status not in FORBIDDEN:
            raise
        return None


def remove_integration(http: HttpClient) -> None:
    """DELETE /Offboarding/RemoveIntegration: our integration leaves the client whose key is used.

    Observed: https://github.com/jbevanac/poweroffice, src/Resources/OffboardingResource.php (2026-11-22)

    Raises:
        RejectedError: Go says that it did not succeed.
    """
    answer = http.call("DELETE", "/Offboarding/RemoveIntegration", operation="remove_integration")
    if wire.one(RemovalRow, answer.json(), "remove_integration").success is False:
        raise RejectedError(
            "Go did not remove the integration.",
            status=answer.status,
            remedy="Remove it by hand under Meny > Innstillinger > Utvidelser on the client.",
        )
