"""What may stand under ``[notifications.NAME]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from disengage.domain.complaints import complain
from disengage.notifier import Notifier
from disengage_notifications.plugin import notifier_types
from pydantic import ValidationError

MAIL = {"smtp_url": {"env": "X"}, "from_email": "a@firm.example", "to": ["b@firm.example"]}
HOOK = {"url": "https://hooks.firm.example/x", "secret": {"env": "X"}}


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("email", MAIL | {"smtp_url": "smtp://user:sesame@host"}, "'smtp_url' is a secret in clear"),
        ("email", MAIL | {"smpt_url": {"env": "X"}}, "'smpt_url' is not known. Did you mean 'smtp_url'?"),
        ("email", MAIL | {"to": []}, "'to' must hold at least one"),
        ("email", MAIL | {"to": ["B <b@firm.example>"]}, "'to.0' must be one plain e-mail address"),
        ("email", MAIL | {"from_email": "a@firm.example\nBcc: x@y.example"}, "'from_email' must be one plain"),
        ("webhook", HOOK | {"secret": "whsec_sesame"}, "'secret' is a secret in clear"),
        ("webhook", HOOK | {"url": "http://hooks.firm.example"}, "'url' must begin with https://"),
        ("apprise", {"urls": ["json://sesame"]}, "'urls.0' is a secret in clear"),
        ("apprise", {"urls": []}, "'urls' must hold at least one"),
    ],
)
def test_what_cannot_be_used_is_named_and_no_value_repeated(kind: str, table: dict[str, Any], words: str) -> None:
    (offered,) = (offered for offered in notifier_types() if offered.name == kind)
    with pytest.raises(ValidationError) as caught:
        offered.settings_model.model_validate({"kind": kind, **table})
    said = complain(caught.value, offered.settings_model)
    assert words in said
    assert "sesame" not in said


def test_a_webhook_to_loopback_may_be_plain(made: Callable[..., Notifier]) -> None:
    assert made("webhook", **HOOK | {"url": "http://127.0.0.1:8080/x"}).settings.url == "http://127.0.0.1:8080/x"
