"""What a case is doing: the streams of news for open pages, and what people do about single steps."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from disengage.domain.rights import Right
from disengage.engine import moving, steering
from disengage.web.casepage import FilledInWrongError, answered
from disengage.web.doors import Doors
from disengage.web.known import case_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()


@doors.events("/events", needs=Right.SEE)
def news(visit: Visit) -> Response:
    """Tell whenever anything happened to any case."""
    return _stream(visit, "")


@doors.events("/cases/{case}/events", needs=Right.SEE)
def news_of_case(visit: Visit) -> Response:
    """Tell whenever anything happened to one case."""
    return _stream(visit, case_of(visit).id)


def _stream(visit: Visit, case_id: str) -> Response:
    sessions, request = visit.site.sessions, visit.request

    def may_stay() -> bool:
        session = sessions.find(request, noted=False)
        return session is not None and session.person.may(Right.SEE)

    return visit.site.live.stream(case_id, _seen(visit), may_stay)


def _seen(visit: Visit) -> int:
    """Return what the reader knows already: as a browser that comes back says, or the page that was made before."""
    said = visit.request.headers.get("last-event-id") or visit.query.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() else visit.workplace.store.last_event()


# --- steps


@doors.post("/cases/{case}/steps/retry", needs=Right.OPERATE)
def retried(visit: Visit) -> Response:
    """Make a step due now, or take it up again."""

    def retry(case: str) -> None:
        steering.retry(visit.workplace, case, _step(visit), visit.person.name)

    return answered(visit, retry, visit.say("The step is tried again."))


@doors.post("/cases/{case}/steps/skip", needs=Right.OPERATE)
def skipped(visit: Visit) -> Response:
    """Leave a step out, in writing."""

    def skip(case: str) -> None:
        steering.skip(visit.workplace, case, _step(visit), visit.person.name, visit.form.text("reason"))

    return answered(visit, skip, visit.say("The step is left out."))


@doors.post("/cases/{case}/steps/move", needs=Right.OPERATE)
def moved(visit: Visit) -> Response:
    """Change the date of a step, and of what depends on it."""

    def move(case: str) -> None:
        why = visit.form.text("reason")
        moving.move(visit.workplace, case, _step(visit), _day(visit), visit.person.name, why)

    return answered(visit, move, visit.say("The date is moved, and with it every date that depends on it."))


def _step(visit: Visit) -> str:
    """Return the step that is meant; its id may hold slashes, so it does not stand in the address."""
    step = visit.form.text("step")
    if not step:
        raise FilledInWrongError(visit.say("No step was named."), remedy=visit.say("Choose one on the page."))
    return step


def _day(visit: Visit) -> date:
    try:
        return date.fromisoformat(visit.form.text("to"))
    except ValueError:
        raise FilledInWrongError(visit.say("That is no date."), remedy=visit.say("Write it as 2026-12-31.")) from None
