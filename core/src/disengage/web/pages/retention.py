"""Retention: what is kept until when and why, what is due, what is on hold, and its destruction by two people."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from disengage.domain.rights import Right
from disengage.engine.destroying import destroy, standing_approvals
from disengage.engine.legalhold import hold, release
from disengage.engine.retention import digest_of, due_among, examine, examined_all, today
from disengage.engine.retentionview import case_json, due_json, kept_json
from disengage.errors import InputError, NotThereError
from disengage.web.doors import Doors
from disengage.web.known import case_of
from disengage.web.sending import attachment

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()

#: So many cases of which something is kept are listed.
MOST = 300


@doors.get("/retention", needs=Right.SEE)
def retention(visit: Visit) -> Response:
    """Show what is due on a day, and what is kept of all cases that are over."""
    workplace = visit.workplace
    on = _day(visit) or today(workplace)
    found = examined_all(workplace.settings, workplace.store)
    kept = sorted(found, key=lambda case: (case.whole.until is None, case.whole.until or date.max, case.id))
    return visit.page(
        "retention.html",
        on=on,
        due=due_json(due_among(found, on)),
        kept=[kept_json(case) for case in kept[:MOST]],
        left_out=len(kept[MOST:]),
        dated=_dated,
    )


@doors.get("/cases/{case}/retention", needs=Right.SEE)
def of_case(visit: Visit) -> Response:
    """Show until when everything of a case must be kept, by which rules, and what may be destroyed."""
    return _page(visit)


@doors.post("/cases/{case}/retention/hold", needs=Right.ARCHIVE)
def place(visit: Visit) -> Response:
    """Put the case on hold."""
    case = case_of(visit)
    try:
        hold(visit.workplace, case.id, visit.person.name, visit.form.text("reason"))
    except InputError as error:
        return _page(visit, place=error)
    return visit.go(_here(case.id), visit.say("The case is on hold: nothing of it is destroyed while that stands."))


@doors.post("/cases/{case}/retention/release", needs=Right.ARCHIVE)
def lift(visit: Visit) -> Response:
    """Lift one hold."""
    case, number = case_of(visit), visit.form.text("number")
    try:
        release(visit.workplace, case.id, visit.person.name, visit.form.text("reason"), _number(visit, number))
    except InputError as error:
        return _page(visit, **{f"lift_{number}": error})
    return visit.go(_here(case.id), visit.say("The hold was lifted."))


@doors.post("/cases/{case}/retention/destroy", needs=Right.ARCHIVE)
def approve(visit: Visit) -> Response:
    """Approve the destruction of exactly the bags that were shown; the second person's approval carries it out."""
    case = case_of(visit)
    decision = destroy(visit.workplace, case.id, visit.person.name, visit.form.text("bags_digest"))
    if decision.destroyed:
        return visit.go(_here(case.id), visit.say("It was destroyed. The certificate stays."))
    return visit.go(
        _here(case.id), visit.say("Your approval was recorded. Nothing was destroyed yet: a second person approves it.")
    )


@doors.get("/cases/{case}/retention/certificates/{number}", needs=Right.ARCHIVE)
def certificate(visit: Visit) -> Response:
    """Give a certificate of destruction."""
    case = case_of(visit)
    for past in visit.workplace.store.disposal.destructions(case.id):
        if str(past.id) == visit.path["number"] and past.finished_at:
            content = json.dumps(past.content["certificate"], ensure_ascii=False, indent=2) + "\n"
            return attachment(content.encode(), f"destruction-{case.id}-{past.id}.json")
    raise NotThereError(visit.say("There is no such certificate."), remedy=visit.say("See which there are."))


def _page(visit: Visit, **errors: InputError) -> Response:
    """Show the page of a case; with an error, beside the form that it is about and with what was typed there."""
    workplace, case = visit.workplace, case_of(visit)
    found = examine(workplace, case.id)
    bags = found.destroyable(today(workplace)) if case.over else ()
    approved = {approval.by.casefold() for approval in standing_approvals(workplace, found)}
    return visit.page(
        "retention-case.html",
        422 if errors else 200,
        case=case,
        document=case_json(workplace, found),
        bags=bags,
        bags_digest=digest_of(bag.bag for bag in bags),
        approved_already=visit.person.name.casefold() in approved,
        past=workplace.store.disposal.destructions(case.id),
        errors=errors,
        dated=_dated,
    )


def _here(case_id: str) -> str:
    return f"/cases/{case_id}/retention"


def _number(visit: Visit, text: str) -> int:
    if not text.isdecimal():
        raise NotThereError(visit.say("There is no such hold."), remedy=visit.say("See which stand."))
    return int(text)


def _day(visit: Visit) -> date | None:
    asked = visit.query.get("on", "")
    try:
        return date.fromisoformat(asked) if asked else None
    except ValueError:
        raise InputError(
            visit.say("There is no such day."), remedy=visit.say("Write it as year, month and day: 2026-12-31.")
        ) from None


def _dated(text: Any) -> date | None:
    """Return the day of a date, or of a moment, in a document of the engine."""
    return date.fromisoformat(text[:10]) if text else None
