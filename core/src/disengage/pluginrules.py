"""What a plugin must be to be used: marked and spelt as the hooks are, a sound manifest, answers of the right type."""

from __future__ import annotations

import inspect
from typing import Any

import pluggy
from pluggy._manager import PluginValidationError

from disengage.connector import Connector, ConnectorType
from disengage.domain.checks import Check
from disengage.domain.complaints import nearest
from disengage.domain.findings import Finding
from disengage.domain.manifest import Manifest
from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded
from disengage.domain.proposal import Link, Proposal
from disengage.domain.state import LinkState
from disengage.domain.tasks import Instructions
from disengage.errors import PluginError
from disengage.hookspecs import ConnectionHooks, ModuleHooks
from disengage.notifier import Notifier, NotifierSettings, NotifierType

_OUTCOME = (Done, Accepted, NeedsPerson, NotNeeded)
_RETURNS: dict[str, tuple[type, ...]] = {
    "try_credentials": (str,),
    "observe": (LinkState,),
    "propose": (Proposal,),
    "instruct": (Instructions, type(None)),
    "grant_access": (str,),
}
_RETURNS_MANY: dict[str, type] = {"find_links": Link, "check": Finding, "check_evidence": str, "check_history": Check}


def plugin_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows every hook and no plugin."""
    pm = pluggy.PluginManager("disengage")
    pm.add_hookspecs(ModuleHooks)
    pm.add_hookspecs(ConnectionHooks)
    return pm


def registered(pm: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Register ``plugin``, or leave no trace of it.

    Raises:
        PluginError: A hook is misspelt, not marked, or has arguments that its specification does not know.
    """
    try:
        _verify_names(name, plugin)
        pm.register(plugin, name)
    except PluginError:
        raise
    except Exception as error:  # noqa: BLE001 -- the plugin border: what a plugin's attributes do is its own
        if pm.get_plugin(name) is plugin:
            pm.unregister(name=name)
        raise PluginError(f"{name}: {_fault(error)}") from None


def _hooks(spec: type) -> set[str]:
    return {name for name in vars(spec) if not name.startswith("_")}


def _verify_names(name: str, plugin: object) -> None:
    """Refuse a hook that does not exist, and a hook that lacks its mark and would never be called.

    Attributes are looked at without being evaluated: a plugin's namespace may hold anything.
    """
    known = _hooks(ModuleHooks) | _hooks(ConnectionHooks)
    own = _hooks(ModuleHooks) if inspect.ismodule(plugin) else _hooks(ConnectionHooks)
    for word, member in inspect.getmembers_static(plugin):
        options = inspect.getattr_static(member, "disengage_impl", None)
        if not isinstance(options, dict):
            if word in own and inspect.isroutine(member):
                raise PluginError(f"{name}: '{word}' is not marked with @hookimpl and would never be called.")
            continue
        hook = options.get("specname") or word
        if hook not in known and not options.get("optionalhook"):
            raise PluginError(f"{name}: there is no hook '{hook}'.{nearest(hook, known)}")


def _fault(error: Exception) -> str:
    """Return pluggy's complaint in one line, without the plugin's repr; of a plugin's own error only its kind."""
    if isinstance(error, PluginValidationError):
        first, *telling = (line.strip() for line in str(error).splitlines() if line.strip())
        return "; ".join(telling) or first
    if str(error).startswith("Plugin already registered"):
        return "another plugin names the same module."
    return f"looking for its hooks raised {type(error).__name__}."


def verify_offer(name: str, offered: ConnectorType) -> None:
    """Refuse a connector that could not be connected, or whose manifest does not hold together.

    Raises:
        PluginError: Naming the connector and what is wrong with it.
    """
    kind = offered.connector
    if not (isinstance(kind, type) and issubclass(kind, Connector)):
        raise PluginError(f"{name}: the connector '{offered.name}' is no Connector.")
    manifest = inspect.getattr_static(kind, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise PluginError(f"{name}: the connector '{offered.name}' has no manifest.")
    complaints = manifest.complaints()
    if complaints:
        raise PluginError(f"{name}: the manifest of the connector '{offered.name}': {'; '.join(complaints)}.")
    try:
        made = object.__new__(kind)  # bound as its connections will be, without running its constructor
    except TypeError:
        raise PluginError(f"{name}: the connector '{offered.name}' is an abstract class.") from None
    registered(plugin_manager(), made, name)


def verify_notifier(name: str, offered: NotifierType) -> None:
    """Refuse a kind of notification that says neither how it sends nor what it is set by.

    Raises:
        PluginError: Naming it and what is wrong with it.
    """
    kind, model = offered.notifier, offered.settings_model
    if not (isinstance(kind, type) and issubclass(kind, Notifier) and kind.send is not Notifier.send):
        raise PluginError(f"{name}: the notifier '{offered.name}' is no Notifier with a method 'send'.")
    if not (isinstance(model, type) and issubclass(model, NotifierSettings)):
        raise PluginError(f"{name}: the settings of the notifier '{offered.name}' are no NotifierSettings.")


def checked(connection: str, hook: str, answer: Any) -> Any:
    """Return the answer of a connection's hook if it is of the type that the hook promises.

    Raises:
        PluginError: It is not.
    """
    if hook in _RETURNS_MANY:
        return many(connection, hook, answer, _RETURNS_MANY[hook])
    expected = _RETURNS.get(hook, _OUTCOME)
    if not isinstance(answer, expected):
        names = " or ".join(kind.__name__ for kind in expected)
        raise PluginError(f"{connection}: {hook} returned {type(answer).__name__} instead of {names}.")
    return answer


def many(who: str, hook: str, answer: Any, kind: type) -> tuple[Any, ...]:
    """Return ``answer`` as a tuple if it is a list of ``kind``.

    Raises:
        PluginError: It is not.
    """
    if not isinstance(answer, list | tuple) or not all(isinstance(item, kind) for item in answer):
        raise PluginError(f"{who}: {hook} did not return a list of {kind.__name__}.")
    return tuple(answer)
