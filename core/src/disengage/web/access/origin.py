"""Whether a form was sent from a page of ours, and by whom it was given."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from disengage.errors import NotAllowedError

if TYPE_CHECKING:
    from starlette.requests import Request

    from disengage.web.visit import Visit

#: The field of every form that says whose it is.
FIELD = "csrf"


def check(visit: Visit) -> None:
    """Let pass what a page of ours sent, and from whoever is signed in what that session's page sent.

    Browsers say with every form where it comes from; who says neither is no browser, and has the API.

    Raises:
        NotAllowedError: It was not; nothing was done.
    """
    if not _is_ours(visit.request, visit.workplace.settings.web.base_url):
        raise _refusal(visit)
    if visit.session is not None and not hmac.compare_digest(
        visit.form.text(FIELD).encode(), visit.session.csrf.encode()
    ):
        raise _refusal(visit)


def path_of_ours(given: str) -> str:
    """Return a path on this site to which somebody may be sent on; the inbox where it is none."""
    plain = all("!" <= letter <= "~" and letter != "\\" for letter in given)  # browsers take "/\\" for "//"
    return given if plain and given.startswith("/") and not given.startswith("//") else "/"


def _is_ours(request: Request, base_url: str) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is None:
        return site is not None
    return origin == (_origin(base_url) if base_url else f"{request.url.scheme}://{request.headers.get('host', '')}")


def _origin(url: str) -> str:
    """Return scheme, host and port as a browser writes them: in lower case, a usual port left out."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host.removesuffix(f':{usual}')}"


def _refusal(visit: Visit) -> NotAllowedError:
    return NotAllowedError(
        visit.say("This form was not sent from a page of yours; nothing was changed."),
        remedy=visit.say("Open the page again, and send the form from there."),
    )
