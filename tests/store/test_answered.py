"""What calls with an idempotency key were answered is kept for a day, sealed, and per person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from disengage.domain.rights import Person
from disengage.store import Store
from disengage.store.answered import KEPT, Answered

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
CALL, BODY = "POST /api/v1/cases?", b"digest of a body"


@pytest.fixture
def kari(store: Store) -> str:
    for name in ("kari", "ola"):
        store.people.add(Person(name=name))
    return "kari"


def test_a_call_begins_once_and_is_answered_once(store: Store, kari: str) -> None:
    calls, answer = store.answered, {"body": "Nordlys Kafé AS", "headers": {"etag": '"1"'}}
    assert calls.begin(kari, "key", CALL, BODY, NOW) is None
    assert calls.begin(kari, "key", CALL, BODY, NOW) == Answered(same=True, finished=False)
    calls.finish(kari, "key", 201, answer)
    found = calls.begin(kari, "key", CALL, BODY, NOW + timedelta(hours=23))
    assert found == Answered(same=True, finished=True, status=201, answer=answer)


def test_an_answer_that_is_not_kept_is_one_all_the_same(store: Store, kari: str) -> None:
    store.answered.begin(kari, "key", CALL, BODY, NOW)
    store.answered.finish(kari, "key", 200, None)
    assert store.answered.begin(kari, "key", CALL, BODY, NOW) == Answered(same=True, finished=True, status=200)


@pytest.mark.parametrize(("call", "body"), [("POST /api/v1/tasks?", BODY), (CALL, b"another")])
def test_another_call_with_the_same_key_is_told_apart(store: Store, kari: str, call: str, body: bytes) -> None:
    store.answered.begin(kari, "key", CALL, BODY, NOW)
    found = store.answered.begin(kari, "key", call, body, NOW)
    assert found == Answered(same=False, finished=False)


def test_a_key_is_somebodys_own_and_free_again_when_forgotten_or_old(store: Store, kari: str) -> None:
    calls = store.answered
    assert calls.begin(kari, "key", CALL, BODY, NOW) is None
    assert calls.begin("ola", "key", CALL, BODY, NOW) is None
    assert calls.name(kari, "key") != calls.name("ola", "key")
    calls.forget(kari, "key")
    assert calls.begin(kari, "key", CALL, BODY, NOW) is None
    assert calls.begin(kari, "key", CALL, BODY, NOW + KEPT - timedelta(seconds=1)) is not None
    assert calls.begin(kari, "key", CALL, BODY, NOW + KEPT) is None
