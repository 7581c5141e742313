"""Operations: ask for endings, one by one or many in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disengage.domain.request import Request
from disengage.domain.rights import Right
from disengage.engine.planall import checked, known, plan_all, standing
from disengage.engine.view import case_json
from disengage.requests import Entry, Found, all_or_none, read_each
from disengage.web.api.call import Call, Caller
from disengage.web.api.forms import FILES, Parts, parts, plain, wrong
from disengage.web.api.models import requests as told
from disengage.web.api.models.cases import Case, Cases
from disengage.web.api.operations import Operations
from disengage.web.api.problems import ProblemError

if TYPE_CHECKING:
    from pathlib import Path

operations = Operations("Requests")


@operations.post("/cases", Right.OPERATE, Case, status=201, there_already=200)
def plan_request(call: Caller, given: Request) -> dict[str, Any]:
    """Ask for an ending: survey every connection and make the plan.

    Changes nothing on any platform. The same request is the same case: it is answered with 200 where it was there.
    """
    request = checked(call.workplace, given.as_json())
    call.status = 200 if standing(call.workplace, request) else None
    (case,) = plan_all(call.workplace, [("The request", request)], call.person.name)
    call.headers["Location"] = f"/api/v1/cases/{case.id}"
    return call.told(case)


@operations.post("/request-files", Right.OPERATE, Cases, status=201, form={"files": FILES}, form_needs=("files",))
def plan_files(call: Caller) -> dict[str, Any]:
    """Ask for many endings: TOML files with one request each, CSV files with one a row.

    Everything in them is good, or nothing is planned; then ``errors`` names each line that is wrong.
    """
    with parts(call.form) as given:
        cases = plan_all(call.workplace, _requests(call, given), call.person.name)
    return {"cases": [case_json(case) for case in cases]}


@operations.ask("/request-checks", Right.OPERATE, told.Checked)
def check_request(call: Caller, given: Request) -> dict[str, Any]:
    """Look whether a request could be planned; nothing is, and no platform is asked."""
    request = checked(call.workplace, given.as_json())
    return {"requests": [_checked(call, request)]}


@operations.ask("/request-file-checks", Right.OPERATE, told.Checked, form={"files": FILES}, form_needs=("files",))
def check_files(call: Caller) -> dict[str, Any]:
    """Look whether the requests of files could be planned; nothing is, and no platform is asked."""
    with parts(call.form) as given:
        return {"requests": [_checked(call, request) for _, request in _requests(call, given)]}


def _checked(call: Call, request: Request) -> dict[str, Any]:
    case = standing(call.workplace, request)
    return {"ends_on": str(request.ending.ends_on), "case": case.id if case else None}


def _requests(call: Call, given: Parts) -> list[Found]:
    """Return the requests that stand in the files of a form."""
    given.only("files")
    files = given.files("files", any_kind=True)
    if not files:
        raise wrong("files", "must be at least one file")
    return _good(known(call.workplace, read_each(files)), files)


def _good(entries: list[Entry], files: list[Path]) -> list[Found]:
    """Return the requests, under the names of their files, if all of them are good."""
    bad = [entry for entry in entries if entry.error]
    if bad:
        many = f"{len(bad)} of {len(entries)} requests cannot be used" if len(entries) > 1 else "it cannot be used"
        raise ProblemError(
            "input",
            f"Nothing was planned: {many}.",
            remedy="Correct what is named in 'errors' and send the files again.",
            errors=[_error(entry, files) for entry in bad],
        )
    return all_or_none(entries)


def _error(entry: Entry, files: list[Path]) -> dict[str, Any]:
    path = next(path for path in files if entry.where.startswith(str(path)))
    line = entry.where.removeprefix(str(path)).removeprefix(":")
    message = plain(entry.error.message if entry.error else "", str(path.parent.parent))
    found: dict[str, Any] = {"file": path.name}
    if line.isdecimal():
        found["line"] = int(line)
    return {**found, "message": message.removeprefix(f"{path.name}:{line}: ").removeprefix(f"{path.name}: ")}
