from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from disengage.errors import (
    DisengageError,
    OutcomeUnknownError,
    RejectedError,
    RetryableError,
    UnexpectedResponseError,
)
from disengage.http import HttpClient, Patience
from disengage.http.retry import asked_pause
from disengage.http.time_left import within
from disengage.testing import Reply, parse_faults


def list_items(client: HttpClient) -> object:
    return client.get("/items", operation="list_items").json()


def patch_user(client: HttpClient) -> int:
    patch = [{"op": "replace", "path": "/ToDate", "value": "2026-12-31"}]
    return client.call("PATCH", "/users/7", operation="patch_user", patch=patch).status


def misbehave(platform, spec):
    for fault in parse_faults(spec, "platform"):
        platform.faults.add(fault)


@pytest.mark.parametrize("fault", ["429", "503", "500", "502", "504", "reset", "lost", "malformed", "truncated", "408"])
def test_a_read_is_sent_again_until_it_is_answered(platform, client, fault, events):
    misbehave(platform, f"platform:{fault}x2")
    assert list_items(client()) == [{"id": 1}]
    assert len(events) == 3


def test_a_read_that_times_out_is_sent_again(platform, client):
    misbehave(platform, "platform:late=400x1")
    assert list_items(client(timeout=0.1)) == [{"id": 1}]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("429", RetryableError),
        ("503", RetryableError),
        ("500", RetryableError),
        ("504", RetryableError),
        ("reset", RetryableError),
        ("lost", RetryableError),
        ("truncated", RetryableError),
        ("malformed", UnexpectedResponseError),
    ],
)
def test_a_read_that_is_never_answered_ends_after_four_attempts(platform, client, fault, error, events):
    misbehave(platform, f"platform:{fault}")
    with pytest.raises(error) as caught:
        list_items(client())
    assert type(caught.value) is error
    assert len(events) == 4


@pytest.mark.parametrize("fault", ["429", "503"])
def test_a_changing_call_is_sent_again_after_a_clear_refusal(platform, client, fault):
    misbehave(platform, f"platform:{fault}x2@PATCH")
    assert patch_user(client()) == 204
    assert platform.effects == ["PATCH /v2/users/7"]


@pytest.mark.parametrize("fault", ["500", "502", "504", "408", "reset", "lost", "malformed", "truncated"])
def test_a_changing_call_without_a_clear_answer_is_never_sent_again(platform, client, fault, events):
    misbehave(platform, f"platform:{fault}@PATCH")
    with pytest.raises(OutcomeUnknownError):
        patch_user(client())
    assert len(events) == 1


def test_a_changing_call_that_times_out_is_never_sent_again(platform, client):
    misbehave(platform, "platform:late=400@PATCH")
    with pytest.raises(OutcomeUnknownError):
        patch_user(client(timeout=0.1))
    assert len(platform.seen) == 1


def test_a_changing_call_with_an_oversized_answer_is_of_unknown_outcome(platform, client):
    misbehave(platform, "platform:oversized@PATCH")
    with pytest.raises(OutcomeUnknownError):
        patch_user(client())
    assert platform.effects == ["PATCH /v2/users/7"]


def test_a_refused_connection_is_tried_again_even_for_a_changing_call(platform, client, pauses):
    going = client()
    platform.stop()
    with pytest.raises(RetryableError):
        patch_user(going)
    assert len(pauses) == 3


def test_a_rejected_call_is_not_sent_again(platform, client):
    platform.on("GET", "/v2/items", Reply(400, {"title": "One or more fields are wrong"}))
    with pytest.raises(RejectedError):
        list_items(client())
    assert len(platform.seen) == 1


def test_retry_after_in_seconds_is_obeyed(platform, client, pauses):
    misbehave(platform, "platform:429=3x1")
    list_items(client())
    assert pauses == [3.0]


def test_retry_after_as_a_date_counts_from_the_platforms_own_clock(platform, client, pauses):
    far_behind = datetime(2020, 1, 1, 12, 0, tzinfo=UTC)
    then = format_datetime(far_behind + timedelta(seconds=7), usegmt=True)
    headers = {"retry-after": then, "date": format_datetime(far_behind, usegmt=True)}
    assert asked_pause(headers, b"") == 7.0


def test_retry_after_as_a_date_is_obeyed(platform, client, pauses):
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    platform.on("GET", "/v2/items", Reply(503, None, {"Retry-After": then}), Reply(body=[]))
    list_items(client())
    assert pauses
    assert 1.0 <= pauses[0] <= 6.0


def test_seconds_in_a_message_are_obeyed(platform, client, pauses):
    busy = Reply(429, {"statusCode": "429", "message": "Rate limit is exceeded. Try again in 4 seconds."})
    platform.on("PATCH", "/v2/users/7", busy, Reply(204))
    patch_user(client())
    assert pauses == [4.0]


def test_a_long_pause_is_left_to_the_engine_at_once(platform, client, pauses, events):
    misbehave(platform, "platform:429=120")
    with pytest.raises(RetryableError) as caught:
        patch_user(client())
    assert (caught.value.retry_after, pauses, len(events)) == (120.0, [], 1)


@pytest.mark.parametrize("value", ["soon", "nan", "inf", "-5", "1e400", ""])
def test_a_nonsensical_retry_after_is_not_a_wish(platform, client, value):
    platform.on("GET", "/v2/items", Reply(503, None, {"Retry-After": value}), Reply(body=[]))
    assert list_items(client()) == []


def test_pauses_grow_and_end_within_the_total(platform, client, pauses):
    misbehave(platform, "platform:503")
    patience = Patience(attempts=10, first=4.0, max_wait=10.0, total=20.0, sleep=pauses.append)
    with pytest.raises(RetryableError):
        list_items(client(patience=patience))
    assert [int(pause) // 4 * 4 for pause in pauses] == [4, 8]
    assert sum(pauses) <= 20.0


def test_no_pause_is_made_that_ends_after_the_callers_own_time(platform, client, pauses, events):
    misbehave(platform, "platform:503=8x1")
    with within(9), pytest.raises(RetryableError):
        list_items(client())
    assert (pauses, len(events)) == ([], 1)


def test_every_error_of_the_kit_is_one_of_ours_and_hides_the_librarys(platform, client):
    misbehave(platform, "platform:reset")
    with pytest.raises(DisengageError) as caught:
        list_items(client())
    assert caught.value.__suppress_context__
