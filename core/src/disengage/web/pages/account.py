"""One's own account: name, language, look, password, where one is signed in, and tokens for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from disengage.domain.rights import Right
from disengage.errors import DisengageError, InputError, LifecycleError, NotThereError
from disengage.web.access import passwords, signing, throttle
from disengage.web.access.origin import path_of_ours
from disengage.web.access.tokens import LONGEST_DAYS, Tokens
from disengage.web.doors import Doors
from disengage.web.site import LANGUAGE, THEME
from disengage.web.surroundings import THEMES
from disengage.web.troubles import status_of
from disengage.web.wording import LANGUAGES

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.store import Account
    from disengage.web.visit import Visit

doors = Doors()

#: For how many days a token is valid where nobody says otherwise.
USUAL_DAYS = 90
LONGEST_NAME = 80
_YEAR = 365 * 24 * 3600


@doors.get("/account", needs=Right.SEE)
def account(visit: Visit) -> Response:
    """Show the account."""
    return _page(visit)


@doors.post("/account/look", needs=None)
def look(visit: Visit) -> Response:
    """Keep language and look in the browser, and the language of whoever is signed in for every browser."""
    language, theme = visit.form.text("language"), visit.form.text("theme")
    answer = RedirectResponse(path_of_ours(visit.form.text("next")), 303)
    if language in LANGUAGES:
        _keep(visit, answer, LANGUAGE, language)
        if visit.session is not None:
            visit.workplace.store.people.keep(visit.person.name, language=language)
    if theme:
        _keep(visit, answer, THEME, theme if theme in THEMES else "")
    return answer


@doors.post("/account/name", needs=Right.SEE)
def name(visit: Visit) -> Response:
    """Change how the person is shown; the login name stays."""
    shown = " ".join(visit.form.text("shown").split())
    if not 1 <= len(shown) <= LONGEST_NAME or not shown.isprintable():
        error = visit.say("A name has 1 to %(most)s letters.", most=LONGEST_NAME)
        return _page(visit, 422, errors={"shown": error}, shown=shown)
    visit.workplace.store.people.keep(visit.person.name, shown=shown)
    return visit.go("/account", visit.say("The name was changed."))


@doors.post("/account/password", needs=Right.SEE)
def password(visit: Visit) -> Response:
    """Change the password of whoever knows the old one; the person stays signed in here, and nowhere else."""
    own = visit.workplace.store.people.get(visit.person.name)
    new = visit.form.text("new")
    errors = _wrong(visit, own, new)
    if errors:
        return _page(visit, 422, errors=errors)
    with visit.workplace.store.together():
        visit.workplace.store.people.keep(own.name, password=passwords.hashed(new))
        visit.workplace.store.sessions.end_all(own.name)
        event = visit.workplace.store.record("password_changed", own.name)
    visit.workplace.tell([event])
    answer = RedirectResponse("/account", 303)
    visit.site.sessions.put(answer, signing.signed_in(visit.workplace, visit.site.sessions, own.name, "password"))
    return answer


@doors.post("/account/sessions/end", needs=Right.SEE)
def end_session(visit: Visit) -> Response:
    """End one of the person's sessions, or all but this one."""
    assert visit.session is not None
    sessions, which = visit.workplace.store.sessions, visit.form.text("session")
    if which == "others":
        sessions.end_all(visit.person.name, but=visit.session.digest)
    elif which in {one.digest for one in sessions.of(visit.person.name)}:
        sessions.end(which)
    else:
        raise NotThereError(visit.say("There is no such session, or not any more."), remedy=visit.say("Look again."))
    return visit.go("/account", visit.say("Signed out there."))


@doors.post("/account/tokens", needs=Right.SEE)
def make_token(visit: Visit) -> Response:
    """Make a token, and show it, once."""
    label, scopes, days = visit.form.text("label"), visit.form.all("scopes"), visit.form.text("days")
    try:
        _, secret = Tokens(visit.workplace).make(visit.person, label, scopes, int(days) if days.isdecimal() else 0)
    except (InputError, LifecycleError) as error:
        return _page(visit, status_of(error), error=error, label_typed=label, scopes=scopes, days=days)
    return visit.page("account/token.html", name=label, secret=secret)


@doors.post("/account/tokens/revoke", needs=Right.SEE)
def revoke_token(visit: Visit) -> Response:
    """Revoke one's own token, or as an administrator anybody's."""
    Tokens(visit.workplace).revoke(visit.form.text("token"), visit.person)
    there = "/account/tokens" if visit.form.text("from") == "all" and visit.may(Right.ADMINISTER) else "/account"
    return visit.go(there, visit.say("The token opens nothing any more."))


@doors.get("/account/tokens", needs=Right.ADMINISTER)
def all_tokens(visit: Visit) -> Response:
    """Show everybody's tokens."""
    return visit.page("account/tokens.html", tokens=Tokens(visit.workplace).all(), now=visit.workplace.now())


def _page(visit: Visit, status: int = 200, *, error: DisengageError | None = None, **typed: Any) -> Response:
    """Show the account, with what was typed and what is wrong with it."""
    assert visit.session is not None
    own = visit.workplace.store.people.get(visit.person.name)
    usual = {"shown": own.person.shown, "label_typed": "", "scopes": [], "days": str(USUAL_DAYS), "errors": {}}
    return visit.page(
        "account/account.html",
        status,
        account=own,
        sessions=visit.workplace.store.sessions.of(own.name),
        tokens=Tokens(visit.workplace).of(own.person),
        rights=[right for right in Right if own.person.may(right)],
        now=visit.workplace.now(),
        longest=LONGEST_DAYS,
        error=error,
        **{**usual, **typed},
    )


def _wrong(visit: Visit, own: Account, new: str) -> dict[str, str]:
    """Return what is wrong with a change of the password, by field.

    Raises:
        ThrottledError: The old one was guessed too often.
    """
    if own.password is None:
        return {"old": visit.say("You have no password here: you sign in elsewhere.")}
    complaint = passwords.complaint(new, own.name, own.person.shown, visit.workplace.settings.firm.name)
    if complaint:
        return {"new": visit.say(complaint)}
    if new != visit.form.text("again"):
        return {"again": visit.say("The two are not the same.")}
    address = visit.request.client.host if visit.request.client else ""
    throttle.check(visit.workplace, own.name, address)
    if not passwords.fits(own.password, visit.form.text("old")):
        throttle.failed(visit.workplace, own.name, address)
        return {"old": visit.say("This is not your password.")}
    throttle.succeeded(visit.workplace, own.name, address)
    return {}


def _keep(visit: Visit, answer: Response, cookie: str, value: str) -> None:
    """Have the browser keep a choice; empty: forget it."""
    secure = visit.workplace.settings.web.base_url.startswith("https://")
    age = _YEAR if value else 0
    answer.set_cookie(cookie, value, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")
