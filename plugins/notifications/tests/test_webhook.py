"""Webhooks, verified as a receiver would."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from disengage import ConnectorError, CredentialsError, OutcomeUnknownError, RejectedError, RetryableError
from disengage.notifier import Notifier
from standardwebhooks import Webhook, WebhookVerificationError

from .conftest import Hook, a_digest, a_notice

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()
Made = Callable[..., Notifier]


@pytest.fixture
def poster(made: Made, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Notifier:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    return made("webhook", url=hook.url, secret={"env": "HOOK_SECRET"})


@pytest.mark.parametrize("notice", [a_notice(), a_digest(), a_notice("task_opened", title="Avslutt : æøå")])
def test_a_receiver_verifies_what_was_posted(poster: Notifier, hook: Hook, notice: dict[str, object]) -> None:
    poster.send(notice)
    (received,) = hook.received
    assert received.path == "/hooks/disengage"
    told = Webhook(SECRET).verify(received.body, received.headers)
    assert told == {"type": notice["kind"], "timestamp": notice["at"], "data": notice}


def test_another_secret_does_not_verify(poster: Notifier, hook: Hook) -> None:
    poster.send(a_notice())
    other = "whsec_" + base64.b64encode(b"another of twenty-four..").decode()
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(hook.received[0].body, hook.received[0].headers)


def test_a_repeat_carries_the_same_id(poster: Notifier, hook: Hook) -> None:
    for _ in range(2):
        poster.send(a_notice())
    assert [received.headers["webhook-id"] for received in hook.received] == ["17-0123456789abcdef"] * 2


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([503, 503], RetryableError),
        ([400], RejectedError),
        ([401], CredentialsError),
        ([500], OutcomeUnknownError),
        ([0], OutcomeUnknownError),
    ],
)
def test_an_answer_that_is_no_yes_is_an_error_without_the_secret(
    poster: Notifier, hook: Hook, answers: list[int], kind: type[ConnectorError]
) -> None:
    hook.answers = answers
    with pytest.raises(kind) as caught:
        poster.send(a_notice())
    assert SECRET.removeprefix("whsec_") not in str(caught.value)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "whsec_===="])
def test_a_secret_that_signs_nothing_posts_nothing(
    poster: Notifier, hook: Hook, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("HOOK_SECRET", secret)
    with pytest.raises(CredentialsError):
        poster.send(a_notice())
    assert hook.received == []


def test_the_body_is_json_of_one_line(poster: Notifier, hook: Hook) -> None:
    poster.send(a_notice())
    assert hook.received[0].headers["Content-Type"] == "application/json"
    assert json.loads(hook.received[0].body)["data"]["id"] == hook.received[0].headers["webhook-id"]
