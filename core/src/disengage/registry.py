"""Find plugins, load them one by one, verify them, call exactly one connection; the only place with pluggy's hooks."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from copy import deepcopy
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

from disengage.connector import ConnectionSettings, Connector, ConnectorType, Surroundings
from disengage.domain.complaints import nearest
from disengage.domain.findings import Finding, Severity
from disengage.errors import ConfigurationError, DisengageError, PluginError
from disengage.isolation import Isolation
from disengage.notifier import NotifierType
from disengage.notifiers import Notifiers
from disengage.offers import Offer, PluginReport, brings, called, distinct, who
from disengage.pluginrules import checked, many, plugin_manager, registered, verify_notifier, verify_offer
from disengage.settings import RawConnection, Settings, connection_settings

GROUP = "disengage"
#: Seconds a plugin may take to be imported, and to answer a module hook.
LOAD_SECONDS = 20.0

O = TypeVar("O", ConnectorType, NotifierType)  # noqa: E741 -- an offer


class Registry:
    """The plugins of this installation.

    Args:
        points: The entry points to load; by default those of the group ``disengage``.
    """

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self._pm = plugin_manager()
        self._loading, self._isolation = Isolation(), Isolation()
        self.reports: list[PluginReport] = []
        self.types: dict[str, ConnectorType] = {}
        self.notifier_types: dict[str, NotifierType] = {}
        self.notifiers = Notifiers(self.notifier_types, self._broken_reasons)
        self.connections: dict[str, Connector] = {}
        self.broken_connections: dict[str, DisengageError] = {}
        self._configured: dict[str, tuple[ConnectorType, ConnectionSettings]] = {}
        with redirect_stdout(sys.stderr):  # stdout is for documents, whatever a plugin prints while it is loaded
            self._load_all(distinct(points if points is not None else entry_points(group=GROUP)))

    # --- modules

    def _load_all(self, points: Sequence[EntryPoint]) -> None:
        offers: list[tuple[EntryPoint, Offer]] = []
        for point in points:
            twin = next((p for p in points if p is not point and p.name == point.name), None)
            if twin:
                self._report(point, f"two plugins are called '{point.name}': {who(point)} and {who(twin)}")
                continue
            try:
                offers += [(point, offered) for offered in self._load(point)]
            except DisengageError as error:
                self._report(point, error.message)
        self._take(points, offers)

    def _load(self, point: EntryPoint) -> Sequence[Offer]:
        name = point.name
        module = self._loading.call(name, "import", point.load, LOAD_SECONDS)
        if not isinstance(module, ModuleType):
            raise PluginError(f"{name}: the entry point names no module.")
        registered(self._pm, module, name)
        try:
            return (
                *self._offered(name, "connector_types", ConnectorType, verify_offer),
                *self._offered(name, "notifier_types", NotifierType, verify_notifier),
            )
        except DisengageError:
            self._pm.unregister(name=name)
            raise

    def _offered(self, name: str, hook: str, kind: type[O], verify: Callable[[str, O], None]) -> tuple[O, ...]:
        if not self._implements(name, hook):
            return ()
        offers: tuple[O, ...] = self._ask_module_for(name, hook, kind)
        for offered in offers:
            verify(name, offered)
        return offers

    def _take(self, points: Sequence[EntryPoint], offers: Sequence[tuple[EntryPoint, Offer]]) -> None:
        """Take every offer whose name is offered once."""
        reported = {report.name for report in self.reports}
        names = Counter(called(offered) for _, offered in offers)
        for point in (point for point in points if point.name not in reported):
            mine = [offered for by, offered in offers if by is point]
            disputed = next((called(offered) for offered in mine if names[called(offered)] > 1), None)
            if disputed is None:
                self._use(mine)
                self._report(point, "", mine)
            else:
                rival = next((by for by, o in offers if called(o) == disputed and by is not point), point)
                self._pm.unregister(name=point.name)
                self._report(point, f"{disputed} is offered twice: by {who(point)} and {who(rival)}", mine)

    def _use(self, offers: Sequence[Offer]) -> None:
        self.types |= {offered.name: offered for offered in offers if isinstance(offered, ConnectorType)}
        self.notifier_types |= {offered.name: offered for offered in offers if isinstance(offered, NotifierType)}

    def _report(self, point: EntryPoint, reason: str, offers: Sequence[Offer] = ()) -> None:
        report = PluginReport(
            name=point.name,
            distribution=who(point),
            connectors=tuple(offered.name for offered in offers if isinstance(offered, ConnectorType)),
            notifiers=tuple(offered.name for offered in offers if isinstance(offered, NotifierType)),
            reason=reason,
        )
        self.reports.append(report)

    def packages(self) -> list[str]:
        """Return the names of the packages that the plugins in use live in."""
        modules = (self._pm.get_plugin(report.name) for report in self.reports if not report.reason)
        return sorted(
            {
                module.__name__.partition(".")[0]
                for module in modules
                if isinstance(module, ModuleType) and module.__spec__
            }
        )

    def _broken_reasons(self) -> str:
        return "; ".join(f"{report.name}: {report.reason}" for report in self.reports if report.reason)

    # --- connections

    def connect(self, settings: Settings, around: Callable[[str], Surroundings]) -> None:
        """Make a connection, or a notifier, of everything that is configured.

        A connection whose plugin is broken, or which cannot be made, goes to ``broken_connections``.

        Raises:
            ConfigurationError: A connection names an unknown connector or has a wrong setting.
        """
        self.read_settings(settings)
        self.notifiers.make(around)
        for name, (offered, typed) in self._configured.items():
            try:
                self.connections[name] = self._connect(name, offered, typed, around)
            except ConfigurationError:
                raise
            except DisengageError as error:
                self.broken_connections[name] = error

    def read_settings(self, settings: Settings) -> None:
        """Read what every connector and every notifier makes of its settings; a second call is nothing.

        Called before anything is opened, so that a wrong configuration leaves no trace.

        Raises:
            ConfigurationError: A connection names an unknown connector or has a wrong setting.
        """
        self.notifiers.read(settings)
        for raw in settings.connections.values():
            if raw.name in self._configured or raw.name in self.broken_connections:
                continue
            try:
                self._configured[raw.name] = self._read(raw, settings)
            except ConfigurationError:
                raise
            except DisengageError as error:
                self.broken_connections[raw.name] = error

    def _read(self, raw: RawConnection, settings: Settings) -> tuple[ConnectorType, ConnectionSettings]:
        offered = self._type_of(raw, settings)

        def read() -> ConnectionSettings:
            return connection_settings(raw, offered.settings_model, settings.folder)

        return offered, self._isolation.call(raw.name, "connecting", read, LOAD_SECONDS)

    def _connect(
        self, name: str, offered: ConnectorType, typed: ConnectionSettings, around: Callable[[str], Surroundings]
    ) -> Connector:
        made = self._isolation.call(name, "connecting", lambda: offered.connector(typed, around(name)), LOAD_SECONDS)
        registered(self._pm, made, _plugin_name(name))
        return made

    def _type_of(self, raw: RawConnection, settings: Settings) -> ConnectorType:
        if raw.connector in self.types:
            return self.types[raw.connector]
        broken = next((report for report in self.reports if report.reason and brings(report, raw.connector)), None)
        if broken:
            raise PluginError(f"The plugin of the connector '{raw.connector}' is broken: {broken.reason}")
        raise ConfigurationError(
            f"{settings.file.name}: 'connections.{raw.name}.connector' names '{raw.connector}', which no installed "
            f"plugin offers.{nearest(raw.connector, self.types)}",
            remedy="See what is installed with 'disengage connectors'.",
        )

    def close(self) -> None:
        """Let every connection and notifier go of what it holds open; what goes wrong there is nobody's loss."""
        self.notifiers.close()
        for name, connection in self.connections.items():
            with suppress(DisengageError):
                self._isolation.call(name, "close", connection.close, LOAD_SECONDS)
            self._pm.unregister(connection)
        self.connections.clear()

    # --- calls

    def call(self, connection: str, hook: str, seconds: float, **arguments: Any) -> Any:
        """Call one hook of exactly one connection and return its verified answer.

        Raises:
            DisengageError: What the connector raised, or that it broke the contract of the hook.
        """
        if connection in self.broken_connections:
            raise self.broken_connections[connection]
        if connection not in self.connections:
            raise PluginError(f"The connection '{connection}' is not configured any more.")
        others = [plugin for name, plugin in self.connections.items() if name != connection]
        caller = self._pm.subset_hook_caller(hook, remove_plugins=others)
        answer = self._isolation.call(connection, hook, lambda: caller(**arguments), seconds)
        return checked(connection, hook, answer)

    def offers(self, connection: str, hook: str) -> bool:
        """Return whether a connection that could be made implements ``hook``."""
        return self._implements(_plugin_name(connection), hook)

    def review_plan(self, plan: Mapping[str, Any]) -> list[Finding]:
        """Ask every module for findings; a module that cannot answer is a blocker, since its rule may be broken."""
        findings: list[Finding] = []
        for name in self._modules_with("review_plan"):
            try:
                findings += self._ask_module_for(name, "review_plan", Finding, plan=deepcopy(dict(plan)))
            except DisengageError as error:
                findings.append(_no_review(name, error))
        return findings

    def tell(self, event: Mapping[str, Any]) -> list[DisengageError]:
        """Tell every module of one event; return what went wrong, which holds nothing back."""
        wrong: list[DisengageError] = []
        for name in self._modules_with("on_event"):
            try:
                self._ask_module(name, "on_event", event=deepcopy(dict(event)))
            except DisengageError as error:
                wrong.append(error)
        return wrong

    def has_listeners(self) -> bool:
        """Return whether any module wants to hear of events."""
        return bool(self._modules_with("on_event"))

    def _modules_with(self, hook: str) -> list[str]:
        return [report.name for report in self.reports if not report.reason and self._implements(report.name, hook)]

    def _implements(self, name: str, hook: str) -> bool:
        return any(found.plugin_name == name for found in getattr(self._pm.hook, hook).get_hookimpls())

    def _ask_module(self, name: str, hook: str, **arguments: Any) -> Any:
        mine = self._pm.get_plugin(name)
        others = [plugin for plugin in self._pm.get_plugins() if plugin is not mine]
        caller = self._pm.subset_hook_caller(hook, remove_plugins=others)
        answers = self._loading.call(name, hook, lambda: caller(**arguments), LOAD_SECONDS)
        return answers[0] if isinstance(answers, list) and answers else None

    def _ask_module_for(self, name: str, hook: str, kind: type, **arguments: Any) -> tuple[Any, ...]:
        answer = self._ask_module(name, hook, **arguments)
        return () if answer is None else many(name, hook, answer, kind)

    def simulator_class(self, connector: str) -> Any | None:
        """Return the simulator class of a connector; None where it has none."""
        place = self.types[connector].simulator
        if not place:
            return None
        module, _, name = place.partition(":")
        return self._loading.call(
            connector, "simulator", lambda: getattr(importlib.import_module(module), name), LOAD_SECONDS
        )


def _plugin_name(connection: str) -> str:
    """Keep connections and modules apart in the one plugin manager."""
    return f"connection {connection}"


def _no_review(name: str, error: DisengageError) -> Finding:
    return Finding(
        code="review_failed",
        severity=Severity.BLOCKER,
        message=f"The house rule '{name}' could not be asked: {error.message}",
        remedy="Mend or remove the plugin and plan again.",
    )
