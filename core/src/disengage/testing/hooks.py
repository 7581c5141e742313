"""The hooks of a connector's class: verified once by pluggy's own means, then called without its ceremony."""

from __future__ import annotations

from typing import Any

from disengage.connector import Connector
from disengage.hookspecs import ConnectionHooks
from disengage.pluginrules import plugin_manager, registered

_NAMES = tuple(name for name in vars(ConnectionHooks) if not name.startswith("_"))


class Hooks:
    """What a connector's class implements, and which arguments each hook takes.

    Args:
        made: Any connection of that class.
        name: Its name, for complaints.
    """

    def __init__(self, made: Connector, name: str) -> None:
        manager = plugin_manager()
        registered(manager, made, name)
        self._known: dict[str, tuple[str, tuple[str, ...]]] = {}
        for hook in _NAMES:
            for found in manager.subset_hook_caller(hook, remove_plugins=[]).get_hookimpls():
                attribute = next(
                    word for word in dir(made) if getattr(type(made), word, None) == _plain(found.function)
                )
                self._known[hook] = (attribute, tuple(found.argnames))

    def __contains__(self, hook: str) -> bool:
        """Return whether the class has this hook."""
        return hook in self._known

    def call(self, connector: Connector, hook: str, arguments: dict[str, Any]) -> Any:
        """Call a hook with the arguments that it takes; None where the class does not have it."""
        if hook not in self._known:
            return None
        attribute, takes = self._known[hook]
        return getattr(connector, attribute)(**{name: arguments[name] for name in takes})


def _plain(function: Any) -> Any:
    return getattr(function, "__func__", function)


_KNOWN: dict[type[Connector], Hooks] = {}


def hooks_of(made: Connector, name: str) -> Hooks:
    """Return the hooks of a connection's class.

    Raises:
        PluginError: One of them is misspelt, not marked, or takes arguments that its specification does not know.
    """
    if type(made) not in _KNOWN:
        _KNOWN[type(made)] = Hooks(made, name)
    return _KNOWN[type(made)]
