"""Find plugins, load them one by one, verify them, call exactly one connection; the only place with pluggy's hooks."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy
from pluggy._manager import PluginValidationError

from disengage.connector import Connector, ConnectorType, Surroundings
from disengage.domain.complaints import nearest
from disengage.domain.findings import Finding, Severity
from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded
from disengage.domain.proposal import Link, Proposal
from disengage.domain.state import LinkState
from disengage.domain.tasks import Instructions
from disengage.domain.values import Frozen
from disengage.errors import ConfigurationError, DisengageError, PluginError
from disengage.hookspecs import ConnectionHooks, ModuleHooks
from disengage.isolation import Isolation
from disengage.settings import RawConnection, Settings, connection_settings

GROUP = "disengage"
#: Seconds a plugin may take to be imported, and to answer a module hook.
LOAD_SECONDS = 20.0

_OUTCOME = (Done, Accepted, NeedsPerson, NotNeeded)
_RETURNS: dict[str, tuple[type, ...]] = {
    "try_credentials": (str,),
    "observe": (LinkState,),
    "propose": (Proposal,),
    "instruct": (Instructions, type(None)),
}
_RETURNS_MANY: dict[str, type] = {"find_links": Link, "check": Finding}


class PluginReport(Frozen):
    """What became of one plugin.

    Attributes:
        name: The entry point's name.
        distribution: The distribution that brought it, with its version.
        connectors: Names of the connectors it offers.
        reason: Why it cannot be used; empty where it can.
    """

    name: str
    distribution: str
    connectors: tuple[str, ...] = ()
    reason: str = ""


class Registry:
    """The plugins of this installation.

    Args:
        points: The entry points to load; by default those of the group ``disengage``.
    """

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self._pm = _plugin_manager()
        self._isolation = Isolation()
        self.reports: list[PluginReport] = []
        self.types: dict[str, ConnectorType] = {}
        self.connections: dict[str, Connector] = {}
        self.broken_connections: dict[str, DisengageError] = {}
        self._load_all(_distinct(points if points is not None else entry_points(group=GROUP)))

    # --- modules

    def _load_all(self, points: Sequence[EntryPoint]) -> None:
        offers: list[tuple[EntryPoint, ConnectorType]] = []
        for point in points:
            twin = next((p for p in points if p is not point and p.name == point.name), None)
            if twin:
                self._report(point, f"two plugins are called '{point.name}': {_who(point)} and {_who(twin)}")
                continue
            try:
                offers += [(point, offered) for offered in self._load(point)]
            except DisengageError as error:
                self._report(point, error.message)
        self._take(points, offers)

    def _load(self, point: EntryPoint) -> Sequence[ConnectorType]:
        module = self._isolation.call(point.name, "import", point.load, LOAD_SECONDS)
        if not isinstance(module, ModuleType):
            raise PluginError(f"{point.name}: the entry point names no module.")
        _verify(point.name, module)
        self._register(module, point.name)
        if not hasattr(module, "connector_types"):
            return ()
        try:
            offered = self._ask_module(point.name, "connector_types")
            return _many(point.name, "connector_types", offered or (), ConnectorType)
        except DisengageError:
            self._pm.unregister(name=point.name)
            raise

    def _register(self, plugin: object, name: str) -> None:
        try:
            self._pm.register(plugin, name)
        except (PluginValidationError, ValueError) as error:
            if self._pm.get_plugin(name) is plugin:
                self._pm.unregister(name=name)
            raise PluginError(f"{name}: {_signature_fault(error)}") from None

    def _take(self, points: Sequence[EntryPoint], offers: Sequence[tuple[EntryPoint, ConnectorType]]) -> None:
        """Take every offer whose name is offered once."""
        reported = {report.name for report in self.reports}
        for point in points:
            mine = [offered for who, offered in offers if who is point]
            rivals = [(who, o) for who, o in offers if who is not point and o.name in {m.name for m in mine}]
            if rivals:
                who, offered = rivals[0]
                self._report(
                    point, f"the connector '{offered.name}' is offered twice: by {_who(point)} and {_who(who)}"
                )
            elif point.name not in reported:
                self.types |= {offered.name: offered for offered in mine}
                self._report(point, "", tuple(offered.name for offered in mine))

    def _report(self, point: EntryPoint, reason: str, connectors: tuple[str, ...] = ()) -> None:
        report = PluginReport(name=point.name, distribution=_who(point), connectors=connectors, reason=reason)
        self.reports.append(report)

    # --- connections

    def connect(self, settings: Settings, around: Callable[[str], Surroundings]) -> None:
        """Make a connection of everything that is configured.

        A connection whose plugin is broken, or whose constructor fails, goes to ``broken_connections``.

        Raises:
            ConfigurationError: A connection names an unknown connector or has a wrong setting.
        """
        for raw in settings.connections.values():
            try:
                self.connections[raw.name] = self._connect(raw, settings, around)
            except PluginError as error:
                self.broken_connections[raw.name] = error

    def _connect(self, raw: RawConnection, settings: Settings, around: Callable[[str], Surroundings]) -> Connector:
        offered = self._type_of(raw, settings)
        typed = connection_settings(raw, offered.settings_model, settings.folder)
        made = self._isolation.call(
            raw.name, "connecting", lambda: offered.connector(typed, around(raw.name)), LOAD_SECONDS
        )
        _verify(raw.name, type(made))
        self._register(made, _plugin_name(raw.name))
        return made

    def _type_of(self, raw: RawConnection, settings: Settings) -> ConnectorType:
        if raw.connector in self.types:
            return self.types[raw.connector]
        broken = next((r for r in self.reports if r.reason and r.name.replace("-", "_") == raw.connector), None)
        if broken:
            raise PluginError(f"The plugin of the connector '{raw.connector}' is broken: {broken.reason}")
        raise ConfigurationError(
            f"{settings.file.name}: 'connections.{raw.name}.connector' names '{raw.connector}', which no installed "
            f"plugin offers.{nearest(raw.connector, self.types)}",
            remedy="See what is installed with 'disengage connectors'.",
        )

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
        return _checked(connection, hook, answer)

    def review_plan(self, plan: Mapping[str, Any]) -> list[Finding]:
        """Ask every module for findings; a module that cannot answer is a blocker, since its rule may be broken."""
        findings: list[Finding] = []
        for name in self._modules_with("review_plan"):
            try:
                answer = self._ask_module(name, "review_plan", plan=dict(plan))
                findings += _many(name, "review_plan", answer or (), Finding)
            except DisengageError as error:
                findings.append(_no_review(name, error))
        return findings

    def tell(self, event: Mapping[str, Any]) -> list[DisengageError]:
        """Tell every module of one event; return what went wrong, which holds nothing back."""
        wrong: list[DisengageError] = []
        for name in self._modules_with("on_event"):
            try:
                self._ask_module(name, "on_event", event=dict(event))
            except DisengageError as error:
                wrong.append(error)
        return wrong

    def _modules_with(self, hook: str) -> list[str]:
        return [r.name for r in self.reports if not r.reason and hasattr(self._pm.get_plugin(r.name), hook)]

    def _ask_module(self, name: str, hook: str, **arguments: Any) -> Any:
        mine = self._pm.get_plugin(name)
        others = [plugin for plugin in self._pm.get_plugins() if plugin is not mine]
        caller = self._pm.subset_hook_caller(hook, remove_plugins=others)
        answers = self._isolation.call(name, hook, lambda: caller(**arguments), LOAD_SECONDS)
        return answers[0] if answers else None

    def simulator_class(self, connector: str) -> Any | None:
        """Return the simulator class of a connector; None where it has none."""
        place = self.types[connector].simulator
        if not place:
            return None
        module, _, name = place.partition(":")
        return getattr(importlib.import_module(module), name)


def _plugin_manager() -> pluggy.PluginManager:
    pm = pluggy.PluginManager("disengage")
    pm.add_hookspecs(ModuleHooks)
    pm.add_hookspecs(ConnectionHooks)
    return pm


def _plugin_name(connection: str) -> str:
    """Keep connections and modules apart in the one plugin manager."""
    return f"connection {connection}"


def _distinct(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Leave out an entry point that is merely listed twice (an editable install seen from two folders)."""
    seen: dict[tuple[str, str, str], EntryPoint] = {}
    for point in points:
        seen.setdefault((point.name, point.value, _who(point)), point)
    return sorted(seen.values(), key=lambda point: (point.name, _who(point)))


def _who(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _verify(name: str, plugin: object) -> None:
    """Refuse a plugin that implements a hook which does not exist.

    Raises:
        PluginError: Naming the hook and the nearest known one.
    """
    known = {n for spec in (ModuleHooks, ConnectionHooks) for n in vars(spec) if not n.startswith("_")}
    for word, member in inspect.getmembers(plugin):
        options = getattr(member, "disengage_impl", None)
        if isinstance(options, dict) and word not in known and not options.get("optionalhook"):
            raise PluginError(f"{name}: there is no hook '{word}'.{nearest(word, known)}")


def _signature_fault(error: Exception) -> str:
    """Return pluggy's complaint in one line, without the plugin's repr."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("hook", "Argument(s)", "hookimpl"))]
    return "; ".join(telling) or lines[-1]


def _checked(connection: str, hook: str, answer: Any) -> Any:
    if hook in _RETURNS_MANY:
        return _many(connection, hook, answer, _RETURNS_MANY[hook])
    expected = _RETURNS.get(hook, _OUTCOME)
    if not isinstance(answer, expected):
        names = " or ".join(kind.__name__ for kind in expected)
        raise PluginError(f"{connection}: {hook} returned {type(answer).__name__} instead of {names}.")
    return answer


def _many(who: str, hook: str, answer: Any, kind: type) -> tuple[Any, ...]:
    if not isinstance(answer, list | tuple) or not all(isinstance(item, kind) for item in answer):
        raise PluginError(f"{who}: {hook} did not return a list of {kind.__name__}.")
    return tuple(answer)


def _no_review(name: str, error: DisengageError) -> Finding:
    return Finding(
        code="review_failed",
        severity=Severity.BLOCKER,
        message=f"The house rule '{name}' could not be asked: {error.message}",
        remedy="Mend or remove the plugin and plan again.",
    )
