"""Coming in and going out: sign-in with a password, sign-out, and the one-time links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from disengage.domain.rights import Person, Role
from disengage.engine import accounts
from disengage.errors import InputError, LifecycleError, NotThereError
from disengage.store import Invitation, Purpose
from disengage.web.access import passwords, signing, throttle
from disengage.web.access.origin import path_of_ours
from disengage.web.doors import Doors
from disengage.web.saying import N_

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/sign-in", needs=None)
def sign_in_page(visit: Visit) -> Response:
    """Ask who comes; whoever is signed in already goes on."""
    there = path_of_ours(visit.query.get("next", ""))
    return RedirectResponse(there, 303) if visit.session else _sign_in_page(visit, there)


@doors.post("/sign-in", needs=None)
def sign_in(visit: Visit) -> Response:
    """Let in whoever has the name and the password; what is wrong with either is not told.

    Raises:
        ThrottledError: It comes too soon after others that failed.
    """
    there, name = path_of_ours(visit.form.text("next")), visit.form.text("name").lower()
    address = visit.request.client.host if visit.request.client else ""
    throttle.check(visit.workplace, name, address)
    account = signing.proven(visit.workplace, name, visit.form.text("password"))
    if account is None:
        throttle.failed(visit.workplace, name, address)
        error = visit.say("Name and password do not fit, or that person may not come in.")
        return _sign_in_page(visit, there, 422, name=name, error=error)
    throttle.succeeded(visit.workplace, name, address)
    return _let_in(visit, account.name, "password", there)


@doors.post("/sign-out", needs=None)
def sign_out(visit: Visit) -> Response:
    """End the session."""
    answer = RedirectResponse("/sign-in", 303)
    if visit.session is not None:
        visit.site.sessions.close(visit.session)
        visit.workplace.tell([visit.workplace.store.record("signed_out", visit.person.name)])
        visit.site.sessions.put(answer, "")
    return answer


@doors.get("/welcome/{secret}", needs=None)
def welcome_page(visit: Visit) -> Response:
    """Ask whoever opens a one-time link for a password."""
    return _welcome_page(visit, _opened(visit))


@doors.post("/welcome/{secret}", needs=None)
def welcome(visit: Visit) -> Response:
    """Use the link, and let its person in."""
    found = _opened(visit)
    person = _person(visit, found)
    errors = dict(_errors(visit, found, person))
    if not errors:
        try:
            kept = passwords.hashed(visit.form.text("password"))
            account = accounts.welcome(visit.workplace, visit.path["secret"], person, kept)
        except InputError as error:
            errors["name"] = error.message
        else:
            return _let_in(visit, account.name, "link", "/")
    return _welcome_page(visit, found, 422, person=person, errors=errors)


def _sign_in_page(visit: Visit, there: str, status: int = 200, *, name: str = "", error: str = "") -> Response:
    oidc, empty = visit.workplace.settings.web.oidc, visit.workplace.store.people.is_empty()
    elsewhere = oidc.name if oidc.issuer else ""
    return visit.page(
        "signing_in/sign_in.html", status, there=there, name=name, error=error, elsewhere=elsewhere, nobody=empty
    )


def _let_in(visit: Visit, name: str, how: str, there: str) -> Response:
    """Open a session that nobody had before, in place of the one there is."""
    if visit.session is not None:
        visit.site.sessions.close(visit.session)
    answer = RedirectResponse(there, 303)
    visit.site.sessions.put(answer, signing.signed_in(visit.workplace, visit.site.sessions, name, how))
    return answer


def _opened(visit: Visit) -> Invitation:
    try:
        return accounts.invitation(visit.workplace, visit.path["secret"])
    except LifecycleError:
        raise NotThereError(
            visit.say("This link opens nothing: it was used already, is too old, or was replaced by a newer one."),
            remedy=visit.say("Ask an administrator for a new one."),
        ) from None


def _welcome_page(
    visit: Visit,
    found: Invitation,
    status: int = 200,
    *,
    person: Person | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    shown = person or _known(visit, found)
    return visit.page(
        "signing_in/welcome.html",
        status,
        first=found.purpose is Purpose.SETUP,
        again=found.purpose is Purpose.RESET,
        person=shown,
        errors=errors or {},
        roles=list(Role),
    )


def _known(visit: Visit, found: Invitation) -> Person:
    if found.person is not None:
        return visit.workplace.store.people.get(found.person).person
    return Person(name="", roles=frozenset(Role))


def _person(visit: Visit, found: Invitation) -> Person:
    """Return who the form says that comes; who was invited has a name and roles already."""
    shown = " ".join(visit.form.text("shown").split())
    if found.person is not None:
        known = _known(visit, found)
        return known.model_copy(update={"shown": shown or known.shown})
    chosen = [role for role in Role if role in visit.form.all("roles")]
    return Person(name=visit.form.text("name"), shown=shown, roles=frozenset(chosen) | {Role.ADMINISTRATOR})


def _errors(visit: Visit, found: Invitation, person: Person) -> Iterator[tuple[str, str]]:
    """Yield what is wrong, by field."""
    password, firm = visit.form.text("password"), visit.workplace.settings.firm.name
    if found.person is None and not accounts.NAME.fullmatch(person.name):
        yield "name", visit.say(BAD_NAME)
    complaint = passwords.complaint(password, person.name, person.shown, firm)
    if complaint:
        yield "password", visit.say(complaint)
    elif password != visit.form.text("again"):
        yield "again", visit.say("The two passwords differ.")


#: What is wrong with a name that cannot be given.
BAD_NAME = N_(
    "A login name has 2 to 40 small letters, digits, dots, dashes and underscores, and begins with a letter or digit. "
    "It stands in the event log, so choose no e-mail address."
)
