"""The configured ways of notification: made one by one, called so that none of them can hurt anything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from disengage.connector import Surroundings
from disengage.domain.complaints import nearest
from disengage.errors import ConfigurationError, DisengageError, PluginError
from disengage.isolation import Isolation
from disengage.notifier import Notifier, NotifierType
from disengage.settings import RawNotification, Settings, notification_settings

#: Seconds one notice may take to be sent.
SEND_SECONDS = 60.0
#: Seconds a notifier may take to be made, and to be closed.
MAKE_SECONDS = 20.0


class Notifiers:
    """The notifiers of one configuration.

    Args:
        types: The kinds that plugins offer, by name.
        broken: Why plugins cannot be used, if any cannot; any of them might have offered a kind.
    """

    def __init__(self, types: Mapping[str, NotifierType], broken: Callable[[], str]) -> None:
        self._types, self._why_broken = types, broken
        self._isolation = Isolation()
        self._read: dict[str, tuple[NotifierType, Any]] = {}
        self._made: dict[str, Notifier] = {}
        self._broken: dict[str, DisengageError] = {}
        self._events: dict[str, frozenset[str]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that are configured, in the file's order; one that is broken fails when it is to send."""
        return tuple(self._events)

    def wants(self, name: str) -> frozenset[str]:
        """Return the kinds of events that a notifier tells of."""
        return self._events[name]

    def read(self, settings: Settings) -> None:
        """Read what every kind makes of its settings; a second call is nothing.

        Raises:
            ConfigurationError: One names an unknown kind or has a wrong setting.
        """
        for raw in settings.notifications.values():
            if raw.name in self._events:
                continue
            try:
                self._read[raw.name] = self._typed(raw, settings)
            except ConfigurationError:
                raise
            except DisengageError as error:
                self._broken[raw.name] = error
            self._events[raw.name] = frozenset(raw.events)

    def make(self, around: Callable[[str], Surroundings]) -> None:
        """Make every notifier that was read.

        Raises:
            ConfigurationError: One says so itself.
        """
        for name, (offered, typed) in self._read.items():
            try:
                self._made[name] = self._one(name, offered, typed, around)
            except ConfigurationError:
                raise
            except DisengageError as error:
                self._broken[name] = error

    def send(self, name: str, notice: Mapping[str, Any]) -> None:
        """Have one notifier tell of ``notice``.

        Raises:
            DisengageError: What it raised, or that it cannot be used.
        """
        if name in self._broken:
            raise self._broken[name]
        made, own = self._made[name], deepcopy(dict(notice))
        self._isolation.call(_who(name), "send", lambda: made.send(own), SEND_SECONDS)

    def close(self) -> None:
        """Let every notifier go of what it holds open; what goes wrong there is nobody's loss."""
        for name, made in self._made.items():
            with suppress(DisengageError):
                self._isolation.call(_who(name), "close", made.close, MAKE_SECONDS)
        self._made.clear()

    def _one(self, name: str, offered: NotifierType, typed: Any, around: Callable[[str], Surroundings]) -> Notifier:
        who = _who(name)
        return self._isolation.call(who, "making", lambda: offered.notifier(typed, around(who)), MAKE_SECONDS)

    def _typed(self, raw: RawNotification, settings: Settings) -> tuple[NotifierType, Any]:
        offered = self._type_of(raw)

        def read() -> Any:
            return notification_settings(raw, offered.settings_model, settings.folder)

        return offered, self._isolation.call(_who(raw.name), "making", read, MAKE_SECONDS)

    def _type_of(self, raw: RawNotification) -> NotifierType:
        if raw.kind in self._types:
            return self._types[raw.kind]
        broken = self._why_broken()
        if broken:
            raise PluginError(f"No plugin that can be used offers the kind of notification '{raw.kind}': {broken}")
        raise ConfigurationError(
            f"{raw.file.name}: 'notifications.{raw.name}.kind' names '{raw.kind}', which no installed plugin offers."
            f"{nearest(raw.kind, self._types)}",
            remedy=f"Installed are: {', '.join(sorted(self._types)) or 'none'}.",
        )


def _who(name: str) -> str:
    """Keep notifiers and connections apart."""
    return f"notifications.{name}"
