"""The calendar: every date by months and days, and a feed that other calendars read by a secret address."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from disengage.domain.case import Case
from disengage.domain.lifecycle import StepState
from disengage.domain.rights import Role
from disengage.domain.verbs import Verb
from disengage.engine.accounts import lock, unlock
from disengage.engine.dates import DateKind, all_dates
from icalendar import Calendar

from tests.builders import ORGNR, a_case, a_link, a_request, a_step, a_task
from tests.engine.stage import Stage
from tests.web.firm import Firm, Visitor
from tests.web.staged import on_stage, read, words

#: A Monday, on which everything is written down.
NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
CRM = a_link("crm", connector="crm")
NAME = "Blåbærgårdens økologiske smørbrødforretning og café AS"
_COUNT = itertools.count(1)


def put(stage: Stage, case: Case, *kinds: str) -> None:
    with stage.workplace.store.new_case(case) as work:
        for kind in kinds:
            work.event(kind)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Firm, Stage]]:
    """Give a firm with dates of every kind: an open case, and a closed one of which something is kept."""
    with on_stage(tmp_path_factory.mktemp("calendar"), now=NOW) as (firm, stage):
        steps = [
            a_step(Verb.ARCHIVE, CRM, state=StepState.WAITING, due=date(2026, 12, 1)),
            a_step(Verb.SEVER_LINK, CRM, due=date(2027, 1, 1)),
        ]
        asked = a_step(Verb.TRANSFER_ADMIN, CRM, due=date(2026, 12, 7))
        task = a_task(asked, id="t-hand-over", title="Hand the administrator over", due=date(2026, 12, 7))
        request = a_request(client={"name": NAME})
        put(stage, a_case([CRM], [*steps, asked], id="c-open", request=request, tasks=(task,)), "case_opened")
        done = a_step(Verb.RETAIN_HISTORY, CRM, state=StepState.DONE)
        closed = a_case([CRM], [done], id="c-closed", closed_at=NOW, watch_days=30)
        with stage.workplace.store.new_case(closed) as work:
            work.event("closed")
            work.evidence(done.id, "file", detail={"bag": "c-closed/crm/history-1", "digest": "00"})
        yield firm, stage


@pytest.fixture(scope="module")
def firm(office: tuple[Firm, Stage]) -> Firm:
    return office[0]


@pytest.fixture
def kari(firm: Firm) -> Visitor:
    return firm.visitor("viewer", name=f"kari-{next(_COUNT)}")


def listed(page: str) -> dict[str, list[list[str]]]:
    """Return what stands under each month: day, kind, what happens, client and case."""
    return {
        words(section.find("h2")): [
            [day.find(".//time").get("datetime"), *(words(part) for part in one)]
            for day in section.find_class("day")
            for one in day.find_class("date")
        ]
        for section in read(page).find_class("month")
    }


def a_feed(visitor: Visitor, **choices: str) -> str:
    """Make a feed; return the path of its address, which is shown this once."""
    answer = visitor.post("/calendar/feed", choices)
    assert answer.status_code == 200
    (shown,) = read(answer.text).find_class("copyable-value")
    address = words(shown)
    assert address.startswith(str(visitor.http.base_url).rstrip("/"))
    return address.removeprefix(str(visitor.http.base_url).rstrip("/"))


def events(content: bytes) -> dict[str, tuple[date, str]]:
    return {
        str(e["UID"]): (e.decoded("DTSTART"), str(e["SUMMARY"])) for e in Calendar.from_ical(content).walk("VEVENT")
    }


# the page


def test_all_dates_are_listed_by_months_and_days_with_what_is_overdue_first(kari: Visitor) -> None:
    open_case, closed = [NAME, "c-open"], ["Nordlys Kafé AS", "c-closed"]
    assert listed(kari.text("/calendar")) == {
        "Before today, and still there": [["2026-12-01", "Step due", "Archive the client on crm", *open_case]],
        "December 2026": [
            ["2026-12-07", "Deadline of a task", "Hand the administrator over", *open_case],
        ],
        "January 2027": [
            ["2027-01-01", "Step due", "Sever the link on crm", *open_case],
            ["2027-01-06", "End of watching", "The platforms are looked at for the last time", *closed],
        ],
    }


def test_dates_beyond_the_year_are_a_page_away(kari: Visitor) -> None:
    (later,) = re.findall(r'href="(/calendar\?from=[^"]+)"', kari.text("/calendar").partition("month")[2])
    assert listed(kari.text(later)) == {
        "January 2032": [
            ["2032-01-01", "End of keeping", "What is kept may be destroyed", "Nordlys Kafé AS", "c-closed"]
        ]
    }


@pytest.mark.parametrize("kind", DateKind)
def test_one_kind_of_dates_is_shown_by_itself(office: tuple[Firm, Stage], kari: Visitor, kind: DateKind) -> None:
    of_kind = [one.day for one in all_dates(office[1].workplace, [kind])]
    first = min(of_kind, default=NOW.date()).strftime("%Y-%m")
    shown = [one for month in listed(kari.text(f"/calendar?kind={kind}&from={first}")).values() for one in month]
    assert len(shown) == len(of_kind)
    assert {one[1] for one in shown} == ({shown[0][1]} if shown else set())


def test_a_task_leads_to_its_task_and_what_is_kept_to_its_retention(kari: Visitor) -> None:
    links = [link.get("href") for link in read(kari.text("/calendar")).find_class("date-what")]
    kept = [link.get("href") for link in read(kari.text("/calendar?kind=kept&from=2032-01")).find_class("date-what")]
    assert (links, kept) == (
        ["/cases/c-open", "/tasks/t-hand-over", "/cases/c-open", "/cases/c-closed"],
        ["/cases/c-closed/retention"],
    )


def test_what_is_no_month_is_refused(kari: Visitor) -> None:
    for wrong in ("2026-13", "yesterday", "9999-12"):
        assert kari.get(f"/calendar?from={wrong}").status_code == 422


# the feed


def test_the_feed_has_every_date_as_a_whole_day_and_names_the_client_only_where_that_was_chosen(
    office: tuple[Firm, Stage], kari: Visitor
) -> None:
    anybody = office[0].anybody
    expected = {
        "c-open.step.crm.archive@disengage": (date(2026, 12, 1), "Archive the client on crm"),
        "c-open.task.t-hand-over@disengage": (date(2026, 12, 7), "Hand the administrator over"),
        "c-open.step.crm.sever_link@disengage": (date(2027, 1, 1), "Sever the link on crm"),
        "c-closed.watch@disengage": (date(2027, 1, 6), "The platforms are looked at for the last time"),
        "c-closed.kept@disengage": (date(2032, 1, 1), "What is kept may be destroyed"),
    }
    silent = anybody.get(a_feed(kari)).content
    assert events(silent) == {uid: (day, f"{what} · {uid.split('.')[0]}") for uid, (day, what) in expected.items()}
    clients = {"c-open": NAME, "c-closed": "Nordlys Kafé AS"}
    named = anybody.get(a_feed(kari, named="yes")).content
    assert events(named) == {
        uid: (day, f"{what} · {clients[uid.split('.')[0]]}") for uid, (day, what) in expected.items()
    }
    assert ORGNR.encode() not in silent + named
    assert b"Nordlys" not in silent


def test_the_feed_is_what_rfc_5545_asks_for(office: tuple[Firm, Stage], kari: Visitor) -> None:
    answer = office[0].anybody.get(a_feed(kari, named="yes"))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    lines = answer.content.split(b"\r\n")
    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
    assert max(map(len, lines)) <= 75
    assert len(NAME.encode()) + len("SUMMARY:Sever the link on crm") > 75
    calendar = Calendar.from_ical(answer.content)
    assert (calendar["VERSION"], calendar["CALSCALE"]) == ("2.0", "GREGORIAN")
    for event in calendar.walk("VEVENT"):
        assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(days=1)
        assert event.decoded("DTSTAMP") == NOW  # when the case was opened or closed
        assert event.errors == []
    (task,) = [event for event in calendar.walk("VEVENT") if ".task." in event["UID"]]
    assert str(task["URL"]) == f"{office[0].server.url}/tasks/t-hand-over"


def test_an_unchanged_feed_is_the_same_and_is_not_sent_again(office: tuple[Firm, Stage], kari: Visitor) -> None:
    firm, stage = office
    path, anybody = a_feed(kari), firm.anybody
    first = anybody.get(path)
    stage.now += timedelta(minutes=5)
    assert anybody.get(path).content == first.content
    again = anybody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with stage.workplace.store.change("c-open") as work:
        before = work.case
        work.case = before.with_step(before.steps[1].model_copy(update={"due": date(2027, 1, 2)}))
        work.event("moved")
    try:
        moved = anybody.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert moved.status_code == 200
        uid = "c-open.step.crm.sever_link@disengage"
        assert (events(first.content)[uid][0], events(moved.content)[uid][0]) == (date(2027, 1, 1), date(2027, 1, 2))
    finally:
        with stage.workplace.store.change("c-open") as work:
            work.case = before


def test_an_address_is_shown_once_and_ends_when_it_is_renewed_or_taken_away(firm: Firm, kari: Visitor) -> None:
    anybody = firm.anybody
    first = a_feed(kari)
    assert first not in kari.text("/calendar")
    second = a_feed(kari)
    assert (anybody.get(first).status_code, anybody.get(second).status_code) == (404, 200)
    assert kari.post("/calendar/feed/end").status_code == 303
    assert anybody.get(second).status_code == 404
    assert [(e.kind, e.payload) for e in firm.workplace.store.events("") if e.actor == kari.name] == [
        ("calendar_feed_made", {"named": False}),
        ("calendar_feed_made", {"named": False}),
        ("calendar_feed_ended", {}),
    ]
    assert not any(path.split("/")[3][:43] in str(firm.workplace.store.events("")) for path in (first, second))


def test_nobody_reads_a_calendar_with_an_address_that_was_guessed(firm: Firm, kari: Visitor) -> None:
    path = a_feed(kari)
    for guess in (f"{path[:-5]}.ics", "/calendar/feed/x.ics", path.removesuffix(".ics")):
        assert firm.anybody.get(guess).status_code == 404


def test_the_feed_of_somebody_who_is_locked_out_ends_for_good(firm: Firm, kari: Visitor) -> None:
    firm.visitor("administrator", name="root")
    path, anybody = a_feed(kari), firm.anybody
    lock(firm.workplace, kari.name, "root")
    assert anybody.get(path).status_code == 404
    unlock(firm.workplace, kari.name, "root")
    assert anybody.get(path).status_code == 404


def test_the_feed_of_somebody_without_a_role_shows_nothing(firm: Firm, kari: Visitor) -> None:
    path = a_feed(kari)
    firm.workplace.store.people.give_roles(kari.name, [])
    assert firm.anybody.get(path).status_code == 404
    firm.workplace.store.people.give_roles(kari.name, [Role.VIEWER])
    assert firm.anybody.get(path).status_code == 200


def test_there_is_a_calendar_where_there_is_no_date(tmp_path: Path) -> None:
    with on_stage(tmp_path, now=NOW) as (firm, _):
        visitor = firm.visitor("viewer")
        assert "No date in these twelve months." in visitor.text("/calendar")
        assert events(firm.anybody.get(a_feed(visitor)).content) == {}
