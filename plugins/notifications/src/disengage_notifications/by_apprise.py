"""Tell people through whatever Apprise (https://appriseit.com) reaches: chats, telephones, other mailers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from disengage import CredentialsError, RetryableError, Surroundings
from disengage.notifier import Notifier

from disengage_notifications.settings import AppriseSettings
from disengage_notifications.wording import subject, text

#: Seconds that one service may take.
_TIMEOUT = 20.0


class ByApprise(Notifier):
    """Services, each named by a URL of Apprise's."""

    def __init__(self, settings: AppriseSettings, surroundings: Surroundings) -> None:
        super().__init__(settings, surroundings)
        self._taken: tuple[str, set[str]] = ("", set())

    def send(self, notice: Mapping[str, Any]) -> None:
        """Tell every service; one that took the notice is not told again while this process tries the others."""
        took = self._taken[1] if self._taken[0] == notice["id"] else set()
        self._taken = (notice["id"], took)
        left = [url for url in self._urls() if url not in took]
        for url in left:
            if self._told(url, notice):
                took.add(url)
        missing = sum(url not in took for url in left)
        if missing:
            raise RetryableError(
                f"{self.around.connection}: {missing} of the services under 'urls' did not take the notice.",
                remedy="It is tried again later. See whether their URLs still hold if it goes on.",
            )

    def _urls(self) -> list[str]:
        return [line.strip() for secret in self.settings.urls for line in secret.reveal().splitlines() if line.strip()]

    def _told(self, url: str, notice: Mapping[str, Any]) -> bool:
        import apprise  # takes a second to load, and few commands need it

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines may hold parts of a URL
        asset = apprise.AppriseAsset(
            storage_mode=apprise.PersistentStoreMode.MEMORY,
            allow_templates=False,
            service_timeout=_TIMEOUT,
            app_id="disengage",
            app_desc="disengage",
            app_url="",
        )
        service = apprise.Apprise(asset=asset)
        if not service.add(url):
            raise CredentialsError(
                f"{self.around.connection}: one of the secrets under 'urls' is no URL that Apprise knows.",
                remedy="See https://appriseit.com/services for how it is written.",
            )
        return bool(
            service.notify(
                title=subject(notice),
                body=text(notice),
                notify_type=_weight(apprise, notice["kind"]),
                body_format=apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
        )


def _weight(apprise: Any, kind: str) -> Any:
    if kind in ("failed", "refused", "connection_is_down", "came_back"):
        return apprise.NotifyType.FAILURE
    return (
        apprise.NotifyType.WARNING if kind in ("escalation", "plan_stale", "task_declined") else apprise.NotifyType.INFO
    )
