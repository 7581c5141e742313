"""The configuration, ``disengage.toml``: where it is found, and what may stand in it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from disengage.connector import Firm
from disengage.domain.complaints import complain, sentence
from disengage.domain.values import Frozen
from disengage.domain.verbs import Provenance
from disengage.errors import ConfigurationError
from disengage.keys import Country, Zone
from disengage.notifier import USUAL, Events
from disengage.sections import (
    DaemonSettings,
    PapersSettings,
    PolicySettings,
    RetentionSettings,
    StoreSettings,
    TimestampSettings,
    VaultSettings,
    WebSettings,
)
from disengage.textfiles import read_toml

NAME = "disengage.toml"
_CORRECT = "Correct the file and run again."
_INIT = "Run `disengage init` to write one, or name it with --config or $DISENGAGE_CONFIG."
_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: Client numbers stand as keys in some tables; one as long as a personal number is not repeated.
_LONG_NUMBER = re.compile(r"(?<=\.)\d[\d-]{9,}(?=[.'])")

M = TypeVar("M", bound=BaseModel)


# --- what may stand in it -----------------------------------------------------------------------------------


class RawConnection(Frozen):
    """One connection as it stands in the file, not yet compared with what its connector knows.

    Attributes:
        name: The connection's name, the firm's own.
        connector: The connector's name.
        trust: The weakest provenance it may call by itself.
        table: The whole table under ``[connections.NAME]``.
        file: The configuration file.
    """

    name: str
    connector: str
    trust: Provenance = Provenance.DOCUMENTED
    table: dict[str, Any] = {}
    file: Path = Path(NAME)


class RawNotification(Frozen):
    """One way of notification as it stands in the file, not yet compared with what its kind knows.

    Attributes:
        name: Its name, the firm's own.
        kind: The word of the ``NotifierType``.
        events: What is told.
        table: The whole table under ``[notifications.NAME]``.
        file: The configuration file.
    """

    name: str
    kind: str
    events: Events = USUAL
    table: dict[str, Any] = {}
    file: Path = Path(NAME)


class Settings(Frozen):
    """The whole configuration.

    Attributes:
        file: The configuration file, absolute.
        folder: Its folder, from which relative paths count.
        firm: The accounting firm.
        store: Where cases are kept.
        vault: Where the history is kept.
        policy: The firm's own rules.
        daemon: How the daemon works.
        timestamps: Who stamps the end of the event log.
        papers: How papers look.
        retention: How long the firm's own copy is kept.
        web: How the pages and the API are served.
        connections: The connections by name, in the file's order.
        notifications: The ways of notification by name, in the file's order.
    """

    file: Path
    folder: Path
    firm: Firm
    store: StoreSettings
    vault: VaultSettings
    policy: PolicySettings
    daemon: DaemonSettings = DaemonSettings()
    timestamps: TimestampSettings = TimestampSettings()
    papers: PapersSettings = PapersSettings()
    retention: RetentionSettings = RetentionSettings()
    web: WebSettings = WebSettings()
    connections: dict[str, RawConnection]
    notifications: dict[str, RawNotification] = {}


class _Firm(Frozen):
    name: Annotated[str, Field(min_length=1)]
    country: Country
    time_zone: Zone


def _not_misspelt(key: str) -> Callable[[Any], Any]:
    """Return what finds a table's head by another word close to it, before it is called missing."""

    def look(table: Any) -> Any:
        if isinstance(table, dict) and key not in table:
            near = difflib.get_close_matches(key, table, n=1)
            if near:
                raise ValueError(f"has '{near[0]}', which is not known. Did you mean '{key}'?")
        return table

    return look


class _Connection(BaseModel):
    model_config = ConfigDict(extra="allow")

    connector: Annotated[str, Field(min_length=1)]
    trust: Provenance = Provenance.DOCUMENTED


class _Notification(BaseModel):
    model_config = ConfigDict(extra="allow")

    kind: Annotated[str, Field(min_length=1)]
    events: Events = USUAL


def _named_well(tables: dict[str, M]) -> dict[str, M]:
    for name in tables:
        if not _NAME.fullmatch(name):
            raise ValueError(f"names one '{name}'; a name has letters, digits, - and _ only")
    return tables


_Connections = dict[str, Annotated[_Connection, BeforeValidator(_not_misspelt("connector"))]]
_Notifications = dict[str, Annotated[_Notification, BeforeValidator(_not_misspelt("kind"))]]


class _File(Frozen):
    firm: _Firm
    store: StoreSettings = StoreSettings()
    vault: VaultSettings = VaultSettings()
    policy: PolicySettings = PolicySettings()
    daemon: DaemonSettings = DaemonSettings()
    timestamps: TimestampSettings = TimestampSettings()
    papers: PapersSettings = PapersSettings()
    retention: RetentionSettings = RetentionSettings()
    web: WebSettings = WebSettings()
    connections: Annotated[_Connections, AfterValidator(_named_well)] = {}
    notifications: Annotated[_Notifications, AfterValidator(_named_well)] = {}


# --- reading it ---------------------------------------------------------------------------------------------


def load(path: Path | None = None) -> Settings:
    """Read the configuration: ``path``, else the file named by ``$DISENGAGE_CONFIG``, else ``./disengage.toml``.

    Raises:
        ConfigurationError: There is none, or it cannot be used; the message names the file and the key.
    """
    file = (path or Path(os.environ.get("DISENGAGE_CONFIG") or NAME)).absolute()
    raw = read_toml(file, ConfigurationError, remedy=_INIT)
    try:
        read = _File.model_validate(raw, context={"folder": file.parent})
    except ValidationError as error:
        raise _unusable(file, error, _File) from None
    return _settings(file, read, raw)


def _settings(file: Path, read: _File, raw: Mapping[str, Any]) -> Settings:
    connections = {
        name: RawConnection(
            name=name, connector=head.connector, trust=head.trust, table=raw["connections"][name], file=file
        )
        for name, head in read.connections.items()
    }
    notifications = {
        name: RawNotification(
            name=name, kind=head.kind, events=head.events, table=raw["notifications"][name], file=file
        )
        for name, head in read.notifications.items()
    }
    return Settings(
        file=file,
        folder=file.parent,
        firm=Firm(**read.firm.model_dump()),
        store=read.store.model_copy(update={"url": _absolute(read.store.url, file.parent)}),
        vault=read.vault,
        policy=read.policy,
        daemon=read.daemon,
        timestamps=read.timestamps,
        papers=read.papers,
        retention=read.retention,
        web=read.web,
        connections=connections,
        notifications=notifications,
    )


def _absolute(url: str, folder: Path) -> str:
    """Let a relative path of SQLite count from the configuration's folder."""
    prefix = "sqlite:///"
    return prefix + (folder / url.removeprefix(prefix)).as_posix() if url.startswith(prefix) else url


def connection_settings(raw: RawConnection, model: type[M], folder: Path) -> M:
    """Return a connection's settings as its connector knows them.

    Args:
        raw: The connection as it stands in the file.
        model: The connector's ``settings_model``.
        folder: Where relative paths in it count from.

    Raises:
        ConfigurationError: Naming the file and ``connections.NAME.key``; never a value.
    """
    return _typed(raw, model, folder, f"connections.{raw.name}")


def notification_settings(raw: RawNotification, model: type[M], folder: Path) -> M:
    """Return the settings of a way of notification as its kind knows them; see ``connection_settings``."""
    return _typed(raw, model, folder, f"notifications.{raw.name}")


def _typed(raw: RawConnection | RawNotification, model: type[M], folder: Path, prefix: str) -> M:
    try:
        return model.model_validate(raw.table, context={"folder": folder})
    except ValidationError as error:
        raise _unusable(raw.file, error, model, prefix) from None


def _unusable(file: Path, error: ValidationError, model: type[BaseModel], prefix: str = "") -> ConfigurationError:
    complaint = _LONG_NUMBER.sub("…", complain(error, model, prefix))
    return ConfigurationError(sentence(f"{file}: {complaint}"), remedy=_CORRECT)
