"""Open pages hear of news: all of them by one thread, nothing but that there is some, and only who may still look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import pytest
from disengage.errors import StoreError
from disengage.store import Store
from disengage.web import live
from disengage.web.site import Site

from tests.builders import a_case
from tests.web.firm import Firm, Visitor


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOKS_EVERY", 0.01)


@pytest.fixture(scope="module")
def kari(firm: Firm) -> Visitor:
    for name in ("c-one", "c-two"):
        with firm.workplace.store.new_case(a_case(id=name)) as work:
            work.event("planned")
    return firm.visitor("viewer")


@contextmanager
def _listening(visitor: Visitor, path: str, **headers: str) -> Iterator[Iterator[str]]:
    """Yield the lines of a stream, from when the site listens to it."""
    with visitor.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == ": listening"
        yield lines


def _happens(firm: Firm, case: str) -> int:
    """Let something happen to a case and return the number of the event."""
    with firm.workplace.store.change(case) as work:
        work.event("looked_ahead", plan_hash="sha256:0")
    return firm.workplace.store.last_event()


def _heard(lines: Iterator[str]) -> tuple[str, ...]:
    """Return the next thing that is told: its event, its id and all that is sent with it."""
    told: list[str] = []
    for line in lines:
        if line:
            told.append(line)
        elif told and not told[0].startswith((":", "retry")):
            return tuple(told)
        else:
            told = []
    return ()


def _news(number: int) -> tuple[str, ...]:
    return f"id: {number}", "event: changed", f"data: {number}"


def test_a_page_hears_of_its_own_case_and_of_no_other(firm: Firm, kari: Visitor) -> None:
    with _listening(kari, "/cases/c-one/events") as lines:
        _happens(firm, "c-two")
        news = _news(_happens(firm, "c-one"))
        assert _heard(lines) == news


def test_a_list_hears_of_every_case(firm: Firm, kari: Visitor) -> None:
    with _listening(kari, "/events") as lines:
        news = _news(_happens(firm, "c-one"))
        assert _heard(lines) == news
        news = _news(_happens(firm, "c-two"))
        assert _heard(lines) == news


@pytest.mark.parametrize("path", ["/cases/c-one/events", "/events"])
def test_what_happened_since_the_page_was_made_is_told_at_once(firm: Firm, kari: Visitor, path: str) -> None:
    seen = firm.workplace.store.last_event()
    news = _news(_happens(firm, "c-one"))
    with _listening(kari, f"{path}?seen={seen}") as lines:
        assert _heard(lines) == news


def test_who_comes_back_after_the_stream_broke_hears_what_was_missed(firm: Firm, kari: Visitor) -> None:
    seen = firm.workplace.store.last_event()
    missed = _happens(firm, "c-one")
    with _listening(kari, f"/cases/c-one/events?seen={missed}", **{"Last-Event-ID": str(seen)}) as lines:
        assert _heard(lines) == _news(missed)


def test_many_readers_take_one_thread_and_all_of_them_hear(firm: Firm, kari: Visitor) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(_listening(kari, "/cases/c-one/events")) for _ in range(30)]
        news = _news(_happens(firm, "c-one"))
        assert [_heard(lines) for lines in streams] == [news] * 30
        assert [thread.name for thread in threading.enumerate()].count("web-live") == 1


def test_the_watch_ends_when_nobody_listens(firm: Firm, kari: Visitor) -> None:
    with _listening(kari, "/events"):
        (watching,) = [thread for thread in threading.enumerate() if thread.name == "web-live"]
    watching.join(30)
    assert (watching.is_alive(), len(firm.server.site.live)) == (False, 0)


def test_the_stream_ends_when_its_reader_is_signed_out(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.01)
    reader = firm.visitor("viewer")
    with _listening(reader, "/events") as lines:
        firm.workplace.store.sessions.end(_digest(firm, reader))
        assert _heard(lines) == ()


def test_every_stream_ends_when_the_pages_are_served_no_more(new_firm: Firm) -> None:
    with _listening(new_firm.visitor("viewer"), "/events") as lines:
        new_firm.server.site.live.close()
        assert _heard(lines) == ()
        with _listening(new_firm.visitor("viewer"), "/events") as late:
            assert _heard(late) == ()


def test_a_store_that_is_away_for_a_moment_costs_no_news(
    firm: Firm, kari: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    was_away = threading.Event()
    real: Callable[[Store], int] = Store.last_event

    def away_once(store: Store) -> int:
        if threading.current_thread().name == "web-live" and not was_away.is_set():
            was_away.set()
            raise StoreError("The store is away.")
        return real(store)

    monkeypatch.setattr(Store, "last_event", away_once)
    with _listening(kari, "/cases/c-one/events") as lines:
        assert was_away.wait(30)
        news = _news(_happens(firm, "c-one"))
        assert _heard(lines) == news


@pytest.mark.parametrize(("path", "headers"), [("/events", {}), ("/cases?state=open", {live.LIVE: "1"})])
def test_what_a_page_does_by_itself_keeps_nobody_signed_in(firm: Firm, path: str, headers: dict[str, str]) -> None:
    reader = firm.visitor("viewer")
    digest = _digest(firm, reader)
    long_ago = firm.workplace.now() - timedelta(minutes=30)
    firm.workplace.store.sessions.seen(digest, long_ago)
    with reader.http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
    assert _last_seen(firm, reader) == long_ago
    reader.text("/cases")
    assert _last_seen(firm, reader) > long_ago


def test_a_page_that_fetches_itself_leaves_the_word_that_is_meant_for_people(firm: Firm, kari: Visitor) -> None:
    firm.workplace.store.sessions.leave(_digest(firm, kari), "Read me.")
    assert "Read me." not in kari.get("/cases", headers={live.LIVE: "1"}).text
    assert "Read me." in kari.text("/cases")


def test_the_streams_are_doors_like_any_other(firm: Firm, kari: Visitor) -> None:
    lasting = {door.path: str(door.needs) for door in Site(firm.workplace).doors() if door.lasting}
    assert lasting == {"/events": "see", "/cases/{case}/events": "see"}
    assert kari.get("/cases/c-nowhere/events").status_code == 404
    assert firm.anybody.get("/events").status_code == 303


def _digest(firm: Firm, visitor: Visitor) -> str:
    value = visitor.http.cookies[firm.server.site.sessions.cookie]
    return firm.workplace.store.sessions.digest(value)


def _last_seen(firm: Firm, visitor: Visitor) -> datetime:
    kept = firm.workplace.store.sessions.find(visitor.http.cookies[firm.server.site.sessions.cookie])
    assert kept
    return kept.last_seen
