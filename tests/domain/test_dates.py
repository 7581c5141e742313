"""A date is due in the platform's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from disengage.domain import progress
from disengage.domain.case import Case
from disengage.domain.lifecycle import StepState, WaitsFor
from disengage.domain.plan import steps_for
from disengage.domain.proposal import Proposal, StepProposal
from disengage.domain.verbs import Verb
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import a_case, a_link, a_request

ZONES = (
    "Europe/Oslo",
    "Europe/Brussels",
    "UTC",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Apia",  # it left out 2011-12-30
    "America/Sao_Paulo",  # it changed its clocks at midnight
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kathmandu",
)
MOMENT = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_dated_case(zone: str, ends_on: date) -> Case:
    """Return an approved case with one step, which is due on the day after the end."""
    link, request = a_link(time_zone=zone), a_request(ending={"ends_on": ends_on})
    proposal = Proposal(wanted=link.wanted, steps=(StepProposal(verb=Verb.SETTLE_BILLING),))
    steps = steps_for(link, proposal, request)
    return a_case((link,), steps, request=request, approved_by=("Anna",), reviewed=True)


@pytest.mark.parametrize(
    ("zone", "ends_on", "begins"),
    [
        ("Europe/Oslo", date(2026, 12, 31), "2026-12-31T23:00"),
        ("Europe/Oslo", date(2026, 6, 30), "2026-06-30T22:00"),
        ("Europe/Oslo", date(2026, 3, 28), "2026-03-28T23:00"),  # clocks go forward on the due day
        ("Europe/Oslo", date(2026, 3, 29), "2026-03-29T22:00"),  # and went forward the day before
        ("Europe/Oslo", date(2026, 10, 24), "2026-10-24T22:00"),  # clocks go back on the due day
        ("Europe/Oslo", date(2026, 10, 25), "2026-10-25T23:00"),
        ("Europe/Oslo", date(2028, 2, 28), "2028-02-28T23:00"),  # due on the leap day
        ("Europe/Oslo", date(2028, 2, 29), "2028-02-29T23:00"),
        ("Europe/Oslo", date(2027, 2, 28), "2027-02-28T23:00"),
        ("Pacific/Auckland", date(2026, 12, 31), "2026-12-31T11:00"),
        ("Pacific/Kiritimati", date(2026, 12, 31), "2026-12-31T10:00"),
        ("Pacific/Pago_Pago", date(2026, 12, 31), "2027-01-01T11:00"),
    ],
)
def test_a_step_is_due_when_the_day_after_the_end_begins_on_the_platform(zone: str, ends_on: date, begins: str) -> None:
    case, first = a_dated_case(zone, ends_on), utc(begins)
    before = first - MOMENT

    assert progress.next_step(case, "go", before) is None
    assert progress.waits_for(case, case.steps[0], before) is WaitsFor.DATE
    assert progress.wake_of(case, "go", before) == first

    assert progress.next_step(case, "go", first) == case.steps[0]
    assert progress.waits_for(case, case.steps[0], first) is None
    assert progress.wake_of(case, "go", first) is None


def test_the_same_day_begins_twenty_five_hours_apart_on_two_platforms() -> None:
    east = progress.midnight(a_link(time_zone="Pacific/Kiritimati"), date(2027, 1, 1))
    west = progress.midnight(a_link(time_zone="Pacific/Pago_Pago"), date(2027, 1, 1))
    assert west.astimezone(UTC) - east.astimezone(UTC) == timedelta(hours=25)


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2090, 12, 31)))
@example("Pacific/Apia", date(2011, 12, 30))
@example("America/Sao_Paulo", date(2018, 11, 4))
@example("America/Havana", date(2026, 3, 8))
def test_a_link_is_woken_at_the_first_moment_of_the_day_and_not_before(zone: str, day: date) -> None:
    link = a_link(time_zone=zone)
    first = progress.midnight(link, day).astimezone(UTC)
    assert progress.today(link, first) >= day
    assert progress.today(link, first - MOMENT) < day


@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.datetimes(datetime(1999, 1, 1), datetime(2061, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
)
def test_a_dated_step_either_may_start_or_has_its_wake(zone: str, ends_on: date, now: datetime) -> None:
    case = a_dated_case(zone, ends_on)
    settled = progress.settle(case, now)
    due = now.astimezone(ZoneInfo(zone)).date() > ends_on
    assert (progress.next_step(settled.case, "go", now) is not None) is due
    assert (settled.wakes == {}) is due
    assert settled.case.steps[0].state is (StepState.PLANNED if due else StepState.WAITING)
    assert settled.case.steps[0].waits_for is (None if due else WaitsFor.DATE)
    assert all(wake > now for wake in settled.wakes.values())


def test_what_ended_in_the_past_is_due_now() -> None:
    case = a_dated_case("Europe/Oslo", date(2020, 1, 1))
    assert progress.next_step(case, "go", utc("2026-11-22T09:00")) == case.steps[0]


def test_settling_says_when_each_link_is_to_be_woken() -> None:
    oslo, auckland = a_link("go"), a_link("crm", time_zone="Pacific/Auckland")
    request = a_request()
    steps = [
        steps_for(link, Proposal(wanted=link.wanted, steps=(StepProposal(verb=Verb.SETTLE_BILLING),)), request)[0]
        for link in (oslo, auckland)
    ]
    case = a_case((oslo, auckland), steps, approved_by=("Anna",), reviewed=True)
    settled = progress.settle(case, utc("2026-12-30T12:00"))
    assert settled.wakes == {"go": utc("2026-12-31T23:00"), "crm": utc("2026-12-31T11:00")}
    assert progress.settle(settled.case, utc("2026-12-31T12:00")).wakes == {"go": utc("2026-12-31T23:00")}


def test_the_earliest_moment_wakes_a_link() -> None:
    now = utc("2026-12-30T12:00")
    case = a_dated_case("Europe/Oslo", date(2026, 12, 31))
    polled = case.steps[0].model_copy(
        update={"id": "go.archive", "verb": Verb.ARCHIVE, "due": None, "wake_at": now + timedelta(minutes=5)}
    )
    case = case.model_copy(update={"steps": (*case.steps, polled)})
    assert progress.waits_for(case, polled, now) is WaitsFor.PLATFORM
    assert progress.wake_of(case, "go", now) == now + timedelta(minutes=5)
    assert progress.next_step(case, "go", now + timedelta(minutes=5)) == polled


def test_a_case_that_nobody_approved_or_that_is_over_is_never_woken() -> None:
    case, now = a_dated_case("Europe/Oslo", date(2026, 12, 31)), utc("2026-12-30T12:00")
    assert progress.wake_of(case.model_copy(update={"fresh": False}), "go", now) is None
    assert progress.wake_of(case.model_copy(update={"cancelled": True}), "go", now) is None
    assert progress.settle(case.model_copy(update={"cancelled": True}), now).wakes == {}
