"""The calendar as other calendars read it: RFC 5545, the same bytes for the same dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from disengage.engine.dates import CaseDate, DateKind
from disengage.web.saying import N_
from disengage.web.vocabulary import said

if TYPE_CHECKING:
    from disengage.web.wording import Wording

#: So often a calendar need not look more often than.
REFRESH = timedelta(hours=6)

#: What a date of each kind is called, and what all of a kind are.
ONE = {
    DateKind.STEP: N_("Step due"),
    DateKind.TASK: N_("Deadline of a task"),
    DateKind.KEPT: N_("End of keeping"),
    DateKind.DELETE: N_("Data to be deleted"),
    DateKind.WATCH: N_("End of watching"),
}
ALL = {
    DateKind.STEP: N_("Steps due"),
    DateKind.TASK: N_("Deadlines of tasks"),
    DateKind.KEPT: N_("Ends of keeping"),
    DateKind.DELETE: N_("Data to be deleted"),
    DateKind.WATCH: N_("Ends of watching"),
}


def summary(wording: Wording, one: CaseDate, retell: Callable[[str], str]) -> str:
    """Return in one line what happens; a task is called by its own title, as far as ``retell`` knows it."""
    say = wording.gettext
    if one.kind is DateKind.STEP:
        verb = say(said("verb", str(one.verb)).label)
        return say("%(verb)s on %(connection)s") % {"verb": verb, "connection": one.connection}
    if one.kind is DateKind.TASK:
        return retell(one.title)
    if one.kind is DateKind.WATCH:
        return say("The platforms are looked at for the last time")
    if one.kind is DateKind.KEPT:
        return say("On hold: it would be free to destroy") if one.held else say("What is kept may be destroyed")
    what = say(said("document_class", one.what).label)
    message = (
        say("To be deleted, and held by something else: %(what)s") if one.held else say("Must be deleted: %(what)s")
    )
    return message % {"what": what}


@dataclass(frozen=True)
class Told:
    """What a feed says of dates.

    Attributes:
        wording: In which language.
        name: What the calendar is called.
        base: Under which address people reach the pages.
        changed: When a date of each case may have changed last, by the cases' ids.
        clients: The clients' names by the cases' ids; empty where they are not told.
        retell: Says in that language what the engine and the connectors say.
    """

    wording: Wording
    name: str
    base: str
    changed: Mapping[str, datetime]
    clients: Mapping[str, str]
    retell: Callable[[str], str]


def feed(dates: Iterable[CaseDate], told: Told) -> bytes:
    """Return the calendar of these dates; every one takes the whole day."""
    calendar = Calendar()
    calendar.add("prodid", "-//disengage//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", told.name)
    calendar.add("x-wr-calname", told.name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in dates:
        calendar.add_component(_event(one, told))
    return bytes(calendar.to_ical())


def _event(one: CaseDate, told: Told) -> Event:
    event = Event()
    since = told.changed.get(one.case) or datetime.combine(one.day, time(), UTC)
    event.add("uid", f"{one.key}@disengage")
    event.add("dtstamp", since.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", one.day)
    event.add("dtend", one.day + timedelta(days=1))
    event.add("summary", f"{summary(told.wording, one, told.retell)} · {told.clients.get(one.case) or one.case}")
    event.add("categories", [told.wording.gettext(ONE[one.kind])])
    event.add("url", f"{told.base}{path(one)}")
    event.add("transp", "TRANSPARENT")
    return event


def path(one: CaseDate) -> str:
    """Return the page that a date is about."""
    if one.kind is DateKind.TASK:
        return f"/tasks/{one.what}"
    if one.kind in (DateKind.KEPT, DateKind.DELETE):
        return f"/cases/{one.case}/retention"
    return f"/cases/{one.case}"
