"""What the author of a notifier imports: the base class, its settings, and the words for what can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from disengage.connector import Surroundings
from disengage.domain.complaints import nearest
from disengage.domain.values import Frozen

#: What can be told: every kind of event of the log (docs/reference/events.md), and the digest, which is in no log.
KINDS = frozenset(
    [
        "case_opened",
        "planned",
        "approved",
        "reviewed",
        "plan_stale",
        "gate_stayed_shut",
        "gate_opened",
        "history_kept",
        "history_wrong",
        "finding_accepted",
        "done",
        "not_needed",
        "waits_for_platform",
        "connection_is_down",
        "connection_is_back",
        "looked_ahead",
        "came_back",
        "as_wanted_again",
        "reminded",
        "refused",
        "failed",
        "task_opened",
        "task_done",
        "task_declined",
        "retried",
        "skipped",
        "moved",
        "cancelled",
        "consent_recorded",
        "handed_over",
        "receipt_confirmed",
        "closed",
        "paper_made",
        "exported",
        "bag_opened",
        "retention_hold",
        "retention_released",
        "destruction_approved",
        "destroyed",
        "escalation",
        "digest",
    ]
)
#: What people must hear of where the configuration does not say. Single tasks are left to the digest.
USUAL = (
    "digest",
    "escalation",
    "connection_is_down",
    "connection_is_back",
    "came_back",
    "plan_stale",
    "failed",
    "refused",
    "task_declined",
    "history_wrong",
    "closed",
)


def _known(events: tuple[str, ...]) -> tuple[str, ...]:
    for event in events:
        if event not in KINDS:
            raise ValueError(f"names '{event}', which is no event.{nearest(event, KINDS)}")
    if not events:
        raise ValueError("must name at least one event; leave it out to hear the usual ones")
    return events


#: Kinds of events, each of them known.
Events = Annotated[tuple[str, ...], AfterValidator(_known)]


class NotifierSettings(BaseModel):
    """The base of every notifier's settings: what stands under ``[notifications.NAME]``.

    Attributes:
        kind: The word of the ``NotifierType``.
        events: What is told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    kind: str
    events: Events = USUAL


class Notifier:
    """The base class of a way in which people or programs are told.

    Args:
        settings: What stands under ``[notifications.NAME]``, as the type's ``settings_model``.
        surroundings: Everything else; its ``connection`` is ``notifications.NAME``.
    """

    def __init__(self, settings: Any, surroundings: Surroundings) -> None:
        self.settings, self.around = settings, surroundings

    def send(self, notice: Mapping[str, Any]) -> None:
        """Tell of ``notice``, once, and return when it was taken.

        The notice is an object of docs/reference/events.md, "What a notifier is given"; it holds nothing personal and
        no secret. The same ``id`` may come again after a crash. No retry and no pause belong in here.

        Raises:
            ConnectorError: It was not taken, or nobody knows; it is given again later.
        """
        raise TypeError(f"{type(self).__name__} does not say how it sends {notice.get('kind')}")

    def close(self) -> None:
        """Let go of what is held open."""


class NotifierType(Frozen):
    """What a module offers through ``notifier_types``.

    Attributes:
        name: The word for ``kind =`` in the configuration.
        notifier: The class.
        settings_model: What may stand under ``[notifications.NAME]``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    notifier: type[Notifier]
    settings_model: type[NotifierSettings] = NotifierSettings
