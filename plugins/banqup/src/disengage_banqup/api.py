"""One function per operation of Banqup; each says the vendor's method and path, and how it is known.

The documented ones have fixed paths. The assumed ones have none: the vendor publishes neither path nor body, so that
they are called as configured, without a body.
"""

from __future__ import annotations

from disengage import Surroundings
from disengage.http import Answer, ClientCredentials, HttpClient

from disengage_banqup import wire
from disengage_banqup.settings import BanqupSettings
from disengage_banqup.wire import ClientRecord, Extension, Me, Space

Words = dict[str, str]


def connect(settings: BanqupSettings, around: Surroundings) -> HttpClient:
    """Return an HTTP client that works as the configured app.

    POST /oauth2/client_credential/gettoken with ``grant_type``, ``client_id`` and ``client_secret`` as a form.
    Documented: https://docs.btx.banqup.com/docs/api-guides/getting-started/make-api-call (2026-11-22). The pages
    contradict each other on the token's life, so that it is renewed when it is refused. No rate limit was found.
    """
    return HttpClient(
        connection=around.connection,
        base_url=settings.base_url,
        auth=ClientCredentials(
            token_url=settings.base_url + settings.token_path,
            form=True,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
        ),
        limiter=around.limiter,
        headers={"Accept": "application/json"},
    )


def whoami(http: HttpClient) -> Me | None:
    """Return the user that the app acts as; None where it may not ask.

    GET /solution/business/v1/users/me. Documented:
    https://docs.btx.banqup.com/docs/recipes/authentication/grant-permissions (2026-11-22, an older copy)
    """
    answer = http.get("/solution/business/v1/users/me", operation="whoami", accept=(403, 404))
    return wire.record(answer, Me) if answer.status < 300 else None


def list_spaces(http: HttpClient) -> list[Space]:
    """Return the spaces that the app may see; none until an administrator added the app's id to one.

    GET /entitystore/v1/spaces. Documented:
    https://docs.btx.banqup.com/docs/api-guides/getting-started/make-api-call (2026-11-22)
    """
    return wire.records(http.get("/entitystore/v1/spaces", operation="list_spaces"), Space, "spaces")


def find_client(http: HttpClient, settings: BanqupSettings, words: Words) -> list[ClientRecord]:
    """Return what the client list has under a number. Assumed: no such operation was found."""
    return wire.records(_read(http, settings, "find_client", words), ClientRecord, "clients")


def list_extensions(http: HttpClient, settings: BanqupSettings, words: Words) -> list[Extension] | None:
    """Return the firm's integrations on a client; None where Banqup has no such list (which is not an empty one).

    Assumed: operation and scope are documented, its path is not,
    https://docs.btx.banqup.com/docs/foundation/entity/spaces (2026-11-22)
    """
    answer = _read(http, settings, "list_extensions", words)
    return None if answer.status == 404 else wire.records(answer, Extension, "extensions")


def delete_extension(http: HttpClient, settings: BanqupSettings, words: Words) -> Answer:
    """Delete one integration from a client; 404 where it is not there any more, or is said not to be.

    Assumed: the operation's name is documented, its path is not,
    https://docs.btx.banqup.com/docs/foundation/entity/spaces (2026-11-22)
    """
    return _change(http, settings, "delete_extension", words, accept=(404,))


def archive_client(http: HttpClient, settings: BanqupSettings, words: Words) -> Answer:
    """Archive a client, which cuts the link at once. Assumed: no such operation was found."""
    return _change(http, settings, "archive_client", words)


def invite_client(http: HttpClient, settings: BanqupSettings, words: Words) -> Answer:
    """Invite a client again. Assumed: no such operation was found."""
    return _change(http, settings, "invite_client", words)


def _read(http: HttpClient, settings: BanqupSettings, name: str, words: Words) -> Answer:
    call = settings.operation(name)
    path, params = call.filled(words)
    if call.method == "GET":
        return http.get(path, operation=name, params=params, accept=(404,))
    return http.call(call.method, path, operation=name, params=params, accept=(404,), changes=False)


def _change(
    http: HttpClient, settings: BanqupSettings, name: str, words: Words, accept: tuple[int, ...] = ()
) -> Answer:
    call = settings.operation(name)
    path, params = call.filled(words)
    return http.call(call.method, path, operation=name, params=params, accept=accept)
