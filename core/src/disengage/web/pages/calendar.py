"""The calendar: every date of every case, as a list by months, and as a feed for other calendars."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from babel.dates import format_skeleton
from starlette.responses import Response

from disengage.domain.rights import Right
from disengage.engine import feeds
from disengage.engine.dates import CaseDate, DateKind, all_dates, changed_at, clients_of
from disengage.engine.retention import today
from disengage.errors import InputError, NotThereError
from disengage.web.doors import Doors
from disengage.web.feeding import ALL, ONE, Told, feed, path, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from disengage.store.feeds import Feed
    from disengage.store.people import Account
    from disengage.web.visit import Visit

doors = Doors()

#: So many months are on one page, and so many dates at most.
MONTHS, MOST = 12, 400


@doors.get("/calendar", needs=Right.SEE)
def calendar(visit: Visit) -> Response:
    """Show the dates of a year, by months and days."""
    return _page(visit)


@doors.post("/calendar/feed", needs=Right.SEE)
def make_feed(visit: Visit) -> Response:
    """Make the visitor's feed, instead of an older one, and show its address: now and never again."""
    secret = feeds.make_feed(visit.workplace, visit.person.name, named=bool(visit.form.text("named")))
    return _page(visit, address=f"{_base(visit)}/calendar/feed/{secret}.ics")


@doors.post("/calendar/feed/end", needs=Right.SEE)
def end_feed(visit: Visit) -> Response:
    """Take the visitor's feed away: its address leads nowhere from now on."""
    feeds.end_feed(visit.workplace, visit.person.name)
    return visit.go("/calendar", visit.say("The address of your calendar leads nowhere from now on."))


@doors.get("/calendar/feed/{secret}.ics", needs=None)
def read_feed(visit: Visit) -> Response:
    """Give the calendar to whoever knows its address, which stands for the person who made it."""
    found, account = _known(visit)
    workplace, site = visit.workplace, visit.site
    dates = all_dates(workplace)
    language = account.person.language or visit.wording.language
    told = Told(
        wording=site.pages.wordings[language],
        name=workplace.settings.firm.name,
        base=_base(visit),
        changed=changed_at(workplace),
        clients=clients_of(workplace, dates) if found.named else {},
        retell=site.pages.sentences[language].retell,
    )
    content = feed(dates, told)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'attachment; filename="disengage.ics"'
    return Response(content, media_type="text/calendar", headers=headers)


def _known(visit: Visit) -> tuple[Feed, Account]:
    """Return the feed of an address, and whose it is.

    Raises:
        NotThereError: There is none, or the person may not see the dates any more.
    """
    store = visit.workplace.store
    found = store.feeds.find(visit.path["secret"])
    account = store.people.find(found.person) if found else None
    if found is None or account is None or account.locked_at or not account.person.may(Right.SEE):
        raise NotThereError(
            visit.say("There is no such calendar."), remedy=visit.say("Make yourself a new address on the calendar.")
        )
    return found, account


def _base(visit: Visit) -> str:
    """Return under which address people reach the pages."""
    return visit.workplace.settings.web.base_url.rstrip("/") or str(visit.request.base_url).rstrip("/")


# --- the page -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """Months that follow each other: from a first day up to, and without, a last one."""

    begin: date
    end: date

    @classmethod
    def read(cls, visit: Visit, on: date) -> Span:
        """Return the year that begins with the month that was asked for, or with this one.

        Raises:
            InputError: What was asked for is no month.
        """
        asked = visit.query.get("from", "")
        try:
            begin = date.fromisoformat(f"{asked}-01") if asked else on.replace(day=1)
            return cls(begin, begin.replace(year=begin.year + MONTHS // 12))
        except ValueError:
            raise InputError(
                visit.say("There is no such month."), remedy=visit.say("Write it as year and month: 2026-12.")
            ) from None

    def __contains__(self, day: date) -> bool:
        return self.begin <= day < self.end


@dataclass(frozen=True)
class Month:
    """One month of the list, with its days that have something."""

    title: str
    first: date
    days: Sequence[tuple[date, Sequence[CaseDate]]] = field(default_factory=tuple)


def _page(visit: Visit, address: str = "") -> Response:
    on = today(visit.workplace)
    span, kind = Span.read(visit, on), _kind(visit)
    dates = all_dates(visit.workplace, [kind] if kind else DateKind)
    past = [one for one in dates if one.day < on] if on in span else []
    there = [one for one in dates if one.day in span and one not in frozenset(past)]
    later = next((one.day for one in dates if one.day >= span.end), None)
    shown = (past + there)[:MOST]
    return visit.page(
        "calendar.html",
        past=_days(shown[: len(past)]),
        months=_months(visit, shown[len(past) :]),
        left_out=len(past) + len(there) - len(shown),
        today=on,
        begins=span.begin,
        is_now=on in span,
        later=later.replace(day=1) if later else None,
        kind=kind,
        kinds=ALL,
        called=ONE,
        clients=clients_of(visit.workplace, shown),
        feed=visit.workplace.store.feeds.of(visit.person.name),
        address=address,
        summary=lambda one: summary(visit.wording, one, visit.retell),
        page_of=path,
    )


def _kind(visit: Visit) -> DateKind | None:
    asked = visit.query.get("kind", "")
    return DateKind(asked) if asked in list(DateKind) else None


def _days(dates: Iterable[CaseDate]) -> list[tuple[date, Sequence[CaseDate]]]:
    return [(day, tuple(found)) for day, found in groupby(dates, key=lambda one: one.day)]


def _months(visit: Visit, dates: Iterable[CaseDate]) -> list[Month]:
    months = []
    for first, found in groupby(dates, key=lambda one: one.day.replace(day=1)):
        title = format_skeleton("yMMMM", first, locale=visit.wording.language)
        months.append(Month(title=title, first=first, days=_days(found)))
    return months
