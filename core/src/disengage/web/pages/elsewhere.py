"""Signing in with the firm's identity provider: sent there, and back.

Both are ``GET``, since that is how browsers are sent on. They change nothing but who is signed in: what is to come back
is expected once, for some minutes, in the browser that was sent, and means nothing in any other.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from disengage.errors import NotAllowedError, NotThereError
from disengage.web.access import signing
from disengage.web.access.arriving import arrived
from disengage.web.access.oidc import Provider, refused
from disengage.web.access.origin import path_of_ours
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.store.arrivals import Arrival
    from disengage.web.visit import Visit

doors = Doors()

BACK = "/sign-in/oidc/back"
#: So long somebody has for signing in there.
IN_TIME = timedelta(minutes=10)
#: By which the browser is known again that was sent there; ``__Host-`` is for TLS only.
COOKIE, SAFE_COOKIE = "disengage-arrival", "__Host-disengage-arrival"


@doors.get("/sign-in/oidc", needs=None)
def go_there(visit: Visit) -> Response:
    """Send somebody to the identity provider."""
    _must_be_configured(visit)
    provider = Provider(visit.workplace.settings.web.oidc)
    there = path_of_ours(visit.query.get("next", ""))
    address, state, arrival = provider.way_there(_redirect_uri(visit), there)
    browser, now = secrets.token_urlsafe(32), visit.workplace.now()
    visit.workplace.store.arrivals.expect(state, browser, arrival, now, now + IN_TIME)
    answer = RedirectResponse(address, 303)
    _keep(visit, answer, browser)
    return answer


@doors.get(BACK, needs=None)
def come_back(visit: Visit) -> Response:
    """Let in whoever the identity provider says it is, if that is one of us."""
    _must_be_configured(visit)
    arrival = _expected(visit)
    if visit.query.get("error"):
        raise NotAllowedError(
            visit.say("You could not be signed in: the identity provider did not let you in."),
            remedy=visit.say("Begin again, or ask whoever looks after the identity provider."),
        )
    provider = Provider(visit.workplace.settings.web.oidc)
    if visit.query.get("iss", provider.issuer) != provider.issuer:
        raise refused()  # an answer of another provider (RFC 9207)
    try:
        claims = provider.claims(visit.query.get("code", ""), _redirect_uri(visit), arrival)
        account = arrived(visit.workplace, claims)
    except NotAllowedError:
        visit.workplace.tell([visit.workplace.store.record("sign_in_refused", "disengage", because="oidc")])
        raise
    answer = RedirectResponse(arrival.there, 303)
    _keep(visit, answer, "")
    if visit.session is not None:
        visit.site.sessions.close(visit.session)
    visit.site.sessions.put(answer, signing.signed_in(visit.workplace, visit.site.sessions, account.name, "oidc"))
    return answer


def _must_be_configured(visit: Visit) -> None:
    if not visit.workplace.settings.web.oidc.issuer:
        raise NotThereError(
            visit.say("Nobody signs in elsewhere here."), remedy=visit.say("Sign in with your login name and password.")
        )


def _expected(visit: Visit) -> Arrival:
    """Return what this browser was sent with; it is taken, whatever comes of it."""
    browser, state = visit.request.cookies.get(_cookie(visit), ""), visit.query.get("state", "")
    found = visit.workplace.store.arrivals.take(state, browser, visit.workplace.now()) if browser and state else None
    if found is None:
        raise NotAllowedError(
            visit.say("You could not be signed in: that was not begun in this browser, or too long ago."),
            remedy=visit.say("Begin again."),
        )
    return found


def _redirect_uri(visit: Visit) -> str:
    base = visit.workplace.settings.web.base_url or str(visit.request.base_url)
    return f"{base.rstrip('/')}{BACK}"


def _cookie(visit: Visit) -> str:
    return SAFE_COOKIE if visit.workplace.settings.web.base_url.startswith("https://") else COOKIE


def _keep(visit: Visit, answer: Response, browser: str) -> None:
    name, age = _cookie(visit), int(IN_TIME.total_seconds()) if browser else 0
    safe = name == SAFE_COOKIE
    # lax: the provider sends people back from another site
    answer.set_cookie(name, browser, max_age=age, path="/", secure=safe, httponly=True, samesite="lax")
