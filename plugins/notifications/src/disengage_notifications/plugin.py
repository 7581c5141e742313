"""What the entry point names: three ways in which people and programs are told."""

from __future__ import annotations

from collections.abc import Sequence

from disengage import hookimpl
from disengage.notifier import NotifierType

from disengage_notifications.by_apprise import ByApprise
from disengage_notifications.by_email import ByEmail
from disengage_notifications.by_webhook import ByWebhook
from disengage_notifications.settings import AppriseSettings, EmailSettings, WebhookSettings


@hookimpl
def notifier_types() -> Sequence[NotifierType]:
    """Return e-mail, signed webhooks, and Apprise."""
    return [
        NotifierType(name="email", notifier=ByEmail, settings_model=EmailSettings),
        NotifierType(name="webhook", notifier=ByWebhook, settings_model=WebhookSettings),
        NotifierType(name="apprise", notifier=ByApprise, settings_model=AppriseSettings),
    ]
