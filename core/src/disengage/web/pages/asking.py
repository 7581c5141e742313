"""New requests: by a form, or many in files. What is asked is read back before anything is planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disengage.domain.rights import Right
from disengage.engine.planall import checked, fate, plan_all, standing
from disengage.errors import DisengageError, InputError, LifecycleError, TooLargeError
from disengage.requests import all_or_none
from disengage.web import importing
from disengage.web.doors import Doors
from disengage.web.importing import File
from disengage.web.readback import read_back
from disengage.web.requestform import RequestForm
from disengage.web.troubles import status_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.get("/requests/new", needs=Right.OPERATE)
def new(visit: Visit) -> Response:
    """Show the form, empty."""
    return _form(visit)


@doors.get("/requests", needs=Right.OPERATE)
@doors.get("/requests/check", needs=Right.OPERATE)
@doors.get("/requests/change", needs=Right.OPERATE)
def begin(visit: Visit) -> Response:
    """Send whoever comes by the address of a form's answer to the form."""
    return visit.go("/requests/new")


@doors.post("/requests/change", needs=Right.OPERATE)
def change(visit: Visit) -> Response:
    """Show the form again, with what was filled in; nothing is planned."""
    return _form(visit)


@doors.post("/requests/check", needs=Right.OPERATE)
def check(visit: Visit) -> Response:
    """Read back what was filled in, or say what is wrong with it; nothing is planned."""
    try:
        request = checked(visit.workplace, RequestForm(visit).tables())
    except InputError as error:
        return _form(visit, error)
    return visit.page(
        "asking/check.html",
        request=request,
        parts=read_back(visit, request),
        fate=fate(visit.workplace, request),
        standing=standing(visit.workplace, request),
        carried=RequestForm(visit).carried(),
    )


@doors.post("/requests", needs=Right.OPERATE)
def ask(visit: Visit) -> Response:
    """Plan what was filled in. Changes nothing on any platform."""
    try:
        request = checked(visit.workplace, RequestForm(visit).tables())
        (case,) = plan_all(visit.workplace, [("The request", request)], visit.person.name)
    except (InputError, LifecycleError) as error:
        return _form(visit, error)
    return visit.go(f"/cases/{case.id}", visit.say("Planned. Nothing was changed on any platform."))


def _form(visit: Visit, error: DisengageError | None = None) -> Response:
    form = RequestForm(visit, error.fields if isinstance(error, InputError) else None)
    return visit.page(
        "asking/form.html",
        status_of(error) if error else 200,
        parts=form.parts(),
        elsewhere=form.elsewhere(),
        wrong=len(error.fields) if isinstance(error, InputError) else 0,
        error=error,
        broken=sorted(visit.workplace.registry.broken_connections),
    )


# --- many in files


@doors.get("/requests/import", needs=Right.OPERATE)
def choose(visit: Visit) -> Response:
    """Ask for files."""
    return _files(visit)


@doors.post("/requests/import", needs=Right.OPERATE, takes_files=True)
def preview(visit: Visit) -> Response:
    """Show row by row what the files ask for, and what is wrong with it; nothing is planned."""
    try:
        return _preview(visit, importing.uploaded(visit))
    except (InputError, TooLargeError) as error:
        return _files(visit, error)


@doors.get("/requests/import/take", needs=Right.OPERATE)
def begin_files(visit: Visit) -> Response:
    """Send whoever comes by that address to where files are chosen."""
    return visit.go("/requests/import")


@doors.post("/requests/import/take", needs=Right.OPERATE, takes_files=True)
def take(visit: Visit) -> Response:
    """Plan every request of the files that were shown; where one is not good any more, none."""
    try:
        files = importing.carried(visit)
    except (InputError, TooLargeError) as error:
        return _files(visit, error)
    found = importing.entries(visit.workplace, files)
    if any(row.error for row in importing.rows(visit, found)):
        return _preview(visit, files)
    cases = plan_all(visit.workplace, all_or_none(found), visit.person.name)
    return visit.page("asking/taken.html", cases=cases)


def _preview(visit: Visit, files: list[File]) -> Response:
    rows = importing.rows(visit, importing.entries(visit.workplace, files))
    wrong = [row for row in rows if row.error]
    status = 422 if wrong else 200
    return visit.page("asking/preview.html", status, files=files, rows=rows, wrong=len(wrong), good=not wrong)


def _files(visit: Visit, error: DisengageError | None = None) -> Response:
    status = status_of(error) if error else 200
    return visit.page("asking/import.html", status, error=error, columns=_columns(visit))


def _columns(visit: Visit) -> list[str]:
    """Return the columns that a CSV can have here, besides those that it must have."""
    form = RequestForm(visit)
    places = [field.name for part in form.parts() for field in part.fields]
    named = {"client.references.": "reference.", "client.identifiers.": "identifiers.", "options.": "option."}
    found = []
    for place in places:
        for begins, column in named.items():
            if place.startswith(begins):
                found.append(place.replace(begins, column, 1))
    return found
