"""What is installed: connectors with their verbs, operations, sources; and whether connections work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from disengage.connector import ConnectorType
from disengage.domain.complaints import nearest
from disengage.domain.manifest import Manifest, VerbSpec
from disengage.domain.verbs import Mode, Provenance
from disengage.engine.capabilities import Capability
from disengage.engine.workplace import Workplace
from disengage.errors import ConfigurationError, DisengageError, InputError
from disengage.registry import Registry
from disengage.settings import Settings, connection_settings


def installed(settings: Settings | None, registry: Registry | None = None) -> dict[str, Any]:
    """Return every plugin: its connectors with their verbs, or why it cannot be used.

    Args:
        settings: The configuration, where there is one.
        registry: The plugins; by default they are loaded anew.
    """
    registry = registry or Registry()
    connections = [_connection(registry, settings, name) for name in (settings.connections if settings else {})]
    return {
        "connectors": [_connector(offered) for _, offered in sorted(registry.types.items())],
        "plugins": [report.model_dump(mode="json") for report in registry.reports],
        "broken": [
            {"plugin": report.name, "distribution": report.distribution, "reason": report.reason}
            for report in registry.reports
            if report.reason
        ],
        "connections": connections,
    }


def _connector(
    offered: ConnectorType, trust: Provenance = Provenance.DOCUMENTED, configured: frozenset[str] = frozenset()
) -> dict[str, Any]:
    manifest = offered.manifest
    return {
        "name": offered.name,
        "platform": manifest.platform,
        "vendor": manifest.vendor,
        "schemes": list(manifest.schemes),
        "verbs": [_verb(manifest, spec, trust, configured) for spec in manifest.verbs],
    }


def _verb(manifest: Manifest, spec: VerbSpec, trust: Provenance, configured: frozenset[str]) -> dict[str, Any]:
    mode = manifest.mode(spec, trust, configured)
    return {
        "verb": str(spec.verb),
        "part": spec.part,
        "mode": str(mode),
        "provenance": str(manifest.provenance(spec)) if spec.operations else None,
        "effects": [str(effect) for effect in spec.effects],
        "operations": list(spec.operations),
        "not_needed": spec.not_needed or None,
        "source": spec.by_hand.source if spec.by_hand else None,
        "through_support": spec.through_support,
        "automatic_with": _needs(manifest, spec, configured) if spec.operations and mode is Mode.BY_HAND else None,
    }


def _needs(manifest: Manifest, spec: VerbSpec, configured: frozenset[str]) -> dict[str, Any]:
    """Return what a connection would need to do by itself what is work for a person now."""
    without = [name for name in spec.operations if not manifest.operation(name).call and name not in configured]
    return {"trust": str(manifest.provenance(spec)), "operations": without}


def capabilities(manifests: Mapping[str, Manifest]) -> list[Capability]:
    """Return what connectors can do as they come: nothing configured, nothing trusted but what is documented."""
    return [
        Capability(name, [_verb(manifest, spec, Provenance.DOCUMENTED, frozenset()) for spec in manifest.verbs])
        for name, manifest in sorted(manifests.items())
    ]


def _connection(registry: Registry, settings: Settings | None, name: str) -> dict[str, Any]:
    assert settings is not None
    raw = settings.connections[name]
    offered = registry.types.get(raw.connector)
    if offered is None:
        return {"name": name, "connector": raw.connector, "reason": "no usable plugin offers this connector"}
    try:
        typed = connection_settings(raw, offered.settings_model, settings.folder)
    except ConfigurationError as error:
        return {"name": name, "connector": raw.connector, "reason": error.message}
    verbs = _connector(offered, typed.trust, frozenset(typed.operations))["verbs"]
    return {"name": name, "connector": raw.connector, "trust": str(raw.trust), "verbs": verbs}


def one(name: str, settings: Settings | None, registry: Registry | None = None) -> dict[str, Any]:
    """Return one connector, or one connection, with all that its manifest says.

    Raises:
        InputError: There is neither.
    """
    registry = registry or Registry()
    connection = settings.connections.get(name) if settings else None
    connector = connection.connector if connection else name
    if connector not in registry.types:
        known = [*registry.types, *(settings.connections if settings else {})]
        raise InputError(
            f"There is no connector or connection '{name}'.{nearest(name, known)}",
            remedy="See what is installed with 'disengage connectors'.",
        )
    offered = registry.types[connector]
    document = _connection(registry, settings, name) if connection else {}
    manual = [spec.by_hand for spec in offered.manifest.verbs if spec.by_hand]
    return {
        **_connector(offered),
        **document,
        "operations": [operation.model_dump(mode="json") for operation in offered.manifest.operations],
        "by_hand": [{**item.model_dump(mode="json"), "text": item.text()} for item in manual],
    }


def check(workplace: Workplace, names: list[str]) -> list[dict[str, Any]]:
    """Try the credentials of connections.

    Raises:
        InputError: A name is not configured.
    """
    known = list(workplace.settings.connections)
    for name in names:
        if name not in known:
            raise InputError(
                f"There is no connection '{name}'.{nearest(name, known)}",
                remedy=f"Configured are: {', '.join(known) or 'none'}.",
            )
    return [_checked(workplace, name) for name in names or known]


def _checked(workplace: Workplace, name: str) -> dict[str, Any]:
    try:
        answer = workplace.call(name, "try_credentials")
    except DisengageError as error:
        return {"connection": name, "ok": False, "message": error.message, "remedy": error.remedy}
    return {"connection": name, "ok": True, "message": answer, "remedy": ""}
