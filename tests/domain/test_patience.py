"""How long is waited before trying, or looking, again."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from disengage.engine import patience
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW, a_step

pauses = st.timedeltas(timedelta(days=-1), timedelta(days=100))


@given(st.integers(1, 10**6))
def test_pauses_between_tries_grow_to_a_day(failures: int) -> None:
    this, following = patience.back_off(failures, None), patience.back_off(failures + 1, None)
    assert timedelta(minutes=1) <= this <= following <= timedelta(hours=24)


def test_the_first_pause_is_a_minute() -> None:
    assert patience.back_off(1, None) == timedelta(minutes=1)


@pytest.mark.parametrize("asked", [0, 0.5, 30, 86400.0])
def test_what_the_platform_asks_for_is_obeyed(asked: float) -> None:
    assert patience.back_off(5, asked) == timedelta(seconds=asked)


@pytest.mark.parametrize("asked", [10**9, 1e300, math.inf])
def test_a_platform_that_asks_for_ages_is_asked_again_within_two_weeks(asked: float) -> None:
    assert patience.back_off(1, asked) == patience.GIVE_UP


@pytest.mark.parametrize("asked", [-1, -math.inf, math.nan])
def test_what_makes_no_sense_is_not_obeyed(asked: float) -> None:
    assert patience.back_off(1, asked) == patience.BACK_OFF[0]


@given(pauses, st.integers(0, 10**5))
def test_looks_come_less_and_less_often_and_never_all_the_time(first: timedelta, looks: int) -> None:
    this, following = patience.look_again(first, looks), patience.look_again(first, looks + 1)
    assert patience.SHORTEST_LOOK <= this <= following <= patience.OVERDUE
    assert following <= max(first, patience.LONGEST_LOOK)


def test_the_first_look_is_when_the_connector_says_and_each_pause_half_as_long_again() -> None:
    quarter = timedelta(minutes=15)
    assert [patience.look_again(quarter, looks) for looks in range(3)] == [quarter, quarter * 1.5, quarter * 2.25]
    assert patience.look_again(timedelta(days=3), 7) == timedelta(days=3)
    assert patience.look_again(timedelta(seconds=1), 30) == patience.LONGEST_LOOK


@pytest.mark.parametrize(("accepted", "patient_for"), [(False, patience.GIVE_UP), (True, patience.OVERDUE)])
def test_a_step_is_given_up_after_weeks_and_later_if_the_platform_took_it(
    accepted: bool, patient_for: timedelta
) -> None:
    step = a_step(first_tried=NOW, accepted=accepted)
    assert not patience.gave_up(step, NOW + patient_for)
    assert patience.gave_up(step, NOW + patient_for + timedelta(seconds=1))


def test_what_was_never_tried_is_not_given_up() -> None:
    assert not patience.gave_up(a_step(), NOW + timedelta(days=1000))
