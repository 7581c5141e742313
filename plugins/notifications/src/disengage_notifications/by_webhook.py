"""Tell a program of the firm's own, by a signed POST (https://www.standardwebhooks.com, version 1.0.0).

``webhook-id`` is the notice's own id, the same however often it is sent: whoever receives it can leave out a repeat.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from disengage import CredentialsError, Surroundings
from disengage.http import HttpClient, Patience
from disengage.http.calls import body_of
from disengage.notifier import Notifier

from disengage_notifications.settings import WebhookSettings

_PATIENCE = Patience(attempts=2, max_wait=2.0, total=5.0)
_TIMEOUT = 15.0
_PREFIX = "whsec_"


class ByWebhook(Notifier):
    """A URL that notices are posted to."""

    def __init__(self, settings: WebhookSettings, surroundings: Surroundings) -> None:
        super().__init__(settings, surroundings)
        self._client = HttpClient(
            surroundings.connection, settings.url, limiter=surroundings.limiter, timeout=_TIMEOUT, patience=_PATIENCE
        )

    def send(self, notice: Mapping[str, Any]) -> None:
        """Post one notice; an answer of 2xx takes it."""
        body = {"type": notice["kind"], "timestamp": notice["at"], "data": dict(notice)}
        self._client.call("POST", "", operation="send", json=body, headers=self._signed(str(notice["id"]), body))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _signed(self, webhook_id: str, body: Any) -> dict[str, str]:
        """Return the headers of exactly the bytes that the client will send."""
        from standardwebhooks import Webhook  # loaded when first used, so that commands start fast

        now = self.around.now()
        content = body_of(json=body).content.decode()
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._key()).sign(webhook_id, now, content),
        }

    def _key(self) -> bytes:
        text = self.settings.secret.reveal().removeprefix(_PREFIX)
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key:
            raise CredentialsError(
                f"{self.around.connection}: the secret under 'secret' is no signing secret; nothing was sent.",
                remedy=f"Write {_PREFIX} and the key in base64, as the receiver shows it.",
            )
        return key
