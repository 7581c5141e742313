"""The list of cases: filtered by links, searched by a form, since what one searches for is personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from disengage.domain.lifecycle import CaseState
from disengage.domain.rights import Right
from disengage.engine import listing
from disengage.engine.listing import Mark
from disengage.errors import InputError, NotThereError
from disengage.web.doors import Doors

if TYPE_CHECKING:
    from starlette.responses import Response

    from disengage.web.visit import Visit

doors = Doors()

#: How a mark is said: the group of the vocabulary, and the word in it.
GLANCE = {
    Mark.STUCK: ("case_state", "attention"),
    Mark.RUNNING: ("step_state", "running"),
    Mark.PERSON: ("waits_for", "person"),
    Mark.WAITING: ("step_state", "waiting"),
    Mark.PLANNED: ("step_state", "planned"),
    Mark.DONE: ("step_state", "done"),
}
#: The word for every state in which something may still happen.
_OPEN = "open"
_OVER = (CaseState.CLOSED, CaseState.CANCELLED)
_LISTS = {_OPEN: tuple(state for state in CaseState if state not in _OVER), **{str(s): (s,) for s in CaseState}}


@dataclass(frozen=True)
class _Wanted:
    """Which list is asked for; nothing of it is personal, so it stands in the address.

    Attributes:
        state: ``open``, a state, or empty for all.
        connection: A connection, or empty for all.
        order: ``oldest``, or empty for the newest first.
        past: Behind which line it goes on.
    """

    state: str = ""
    connection: str = ""
    order: str = ""
    past: int | None = None

    @property
    def states(self) -> Sequence[CaseState]:
        return _LISTS.get(self.state, ())

    def at(self, **changes: str) -> str:
        """Return the address of the list that differs in this; it begins at its beginning."""
        asked = {"state": self.state, "connection": self.connection, "order": self.order, **changes}
        given = urlencode({name: value for name, value in asked.items() if value})
        return f"/cases?{given}" if given else "/cases"


@doors.get("/cases", needs=Right.SEE)
def shown(visit: Visit) -> Response:
    """Show one page of the list."""
    seen = visit.workplace.store.last_event()
    wanted = _wanted(visit)
    page = listing.page(
        visit.workplace.store,
        wanted.states,
        wanted.connection,
        wanted.past,
        oldest_first=wanted.order == "oldest",
    )
    more = wanted.at(past=str(page.past)) if page.past else ""
    return _page(visit, wanted, lines=page.lines, more=more, events=f"/events?seen={seen}")


@doors.post("/cases", needs=Right.SEE)
def searched(visit: Visit) -> Response:
    """Show what a search finds; it changes nothing, but what was searched for is nobody's business."""
    words = visit.form.text("words")
    try:
        found = visit.site.finder.find(words, _number(visit.form.text("past")))
    except InputError:
        complaint = visit.say("Write at least two letters or digits of a name or a number.")
        return _page(visit, _Wanted(), 422, words=words, complaint=complaint)
    lines = tuple(map(listing.line, visit.workplace.store.listing.lines(found.ids)))
    return _page(visit, _Wanted(), words=words, searched=True, lines=lines, past=found.past)


def _page(visit: Visit, wanted: _Wanted, status: int = 200, **context: object) -> Response:
    usual = {"lines": (), "more": "", "past": None, "words": "", "complaint": "", "searched": False, "events": ""}
    filters = {"states": _states(visit, wanted), "connections": _connections(visit, wanted)}
    return visit.page("cases.html", status, **{**usual, **filters, "wanted": wanted, "glance": GLANCE, **context})


def _states(visit: Visit, wanted: _Wanted) -> list[tuple[str, str, int, bool]]:
    """Return word, address, number of cases and whether it is shown now, of each list by state that has any."""
    counts = visit.workplace.store.listing.counts()
    numbers = {"": sum(counts.values())}
    numbers |= {word: sum(counts.get(state, 0) for state in states) for word, states in _LISTS.items()}
    return [
        (word, wanted.at(state=word), number, word == wanted.state)
        for word, number in numbers.items()
        if number or word in ("", wanted.state)
    ]


def _connections(visit: Visit, wanted: _Wanted) -> list[tuple[str, str, bool]]:
    """Return name, address and whether it is shown now, of each list by connection; nothing where there is but one."""
    names = list(visit.workplace.settings.connections)
    if len(names) < 2:
        return []
    return [(name, wanted.at(connection=name), name == wanted.connection) for name in ("", *names)]


def _wanted(visit: Visit) -> _Wanted:
    query = visit.query
    wanted = _Wanted(
        state=query.get("state", ""),
        connection=query.get("connection", ""),
        order=query.get("order", ""),
        past=_number(query.get("past", "")),
    )
    there = wanted.state in ("", *_LISTS) and wanted.connection in ("", *visit.workplace.settings.connections)
    if not there or wanted.order not in ("", "oldest"):
        raise NotThereError(visit.say("There is no such list of cases."), remedy=visit.say("Choose one on the page."))
    return wanted


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
