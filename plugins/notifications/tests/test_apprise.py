"""Apprise, by its scheme for plain JSON posts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from disengage import CredentialsError, RetryableError
from disengage.notifier import Notifier
from disengage_notifications.wording import subject, text

from .conftest import Hook, a_digest, a_notice

Made = Callable[..., Notifier]
#: Apprise 2.2 imports it where there is one.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_every_service_is_told_in_words(made: Made, hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "chats").write_text(f"json://127.0.0.1:{hook.port}/one\njson://127.0.0.1:{hook.port}/two\n", "utf-8")
    made("apprise", urls=[{"file": "chats"}]).send(a_digest())
    assert sorted(received.path.rstrip("/") for received in hook.received) == ["/one", "/two"]
    told = json.loads(hook.received[0].body)
    assert (told["title"], told["message"].strip()) == (subject(a_digest()), text(a_digest()).strip())


def test_what_failed_weighs_more_than_what_is_told_daily(
    made: Made, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT", f"json://127.0.0.1:{hook.port}/")
    notifier = made("apprise", urls=[{"env": "CHAT"}])
    for notice in (a_notice("failed"), a_notice("escalation", id="18-0", title="End it"), a_digest()):
        notifier.send(notice)
    assert [json.loads(received.body)["type"] for received in hook.received] == ["failure", "warning", "info"]


def test_a_service_that_took_the_notice_is_not_told_again(
    made: Made, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATS", f"json://127.0.0.1:{hook.port}/one\njson://127.0.0.1:{hook.port}/two")
    notifier = made("apprise", urls=[{"env": "CHATS"}])
    hook.answers = [500]
    with pytest.raises(RetryableError, match=r"notifications\.ours: 1 of the services"):
        notifier.send(a_notice())
    notifier.send(a_notice())
    assert [received.path.rstrip("/") for received in hook.received] == ["/one", "/two", "/one"]


def test_a_url_that_apprise_does_not_know_is_not_repeated(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT", "nonsense://sesame")
    with pytest.raises(CredentialsError) as caught:
        made("apprise", urls=[{"env": "CHAT"}]).send(a_notice())
    assert "sesame" not in str(caught.value)
