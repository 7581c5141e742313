"""Disengage ends a client relationship once, on every platform that ties firm and client together.

Everything a connector needs is exported here; the names follow semantic versioning.
They are loaded when first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from disengage.connector import (
        ConnectionSettings,
        Connector,
        ConnectorType,
        Firm,
        NoOptions,
        Rate,
        Secret,
        Sink,
        Surroundings,
        Url,
        hookimpl,
    )
    from disengage.domain.checks import Check, Fault, Verdict
    from disengage.domain.effects import Effect
    from disengage.domain.findings import Finding, Severity
    from disengage.domain.manifest import Manifest, Operation, VerbSpec
    from disengage.domain.outcomes import Accepted, Done, NeedsPerson, NotNeeded
    from disengage.domain.proposal import Link, Proposal, StepProposal
    from disengage.domain.request import Client, Request
    from disengage.domain.state import Holder, LinkState
    from disengage.domain.tasks import Bring, BringKind, Instructions
    from disengage.domain.verbs import Mode, Provenance, Verb
    from disengage.errors import (
        ConfigurationError,
        ConnectorError,
        CredentialsError,
        DisengageError,
        OutcomeUnknownError,
        RejectedError,
        RetryableError,
        UnexpectedResponseError,
    )

_HOMES = {
    "connector": "ConnectionSettings Connector ConnectorType Firm NoOptions Rate Secret Sink Surroundings Url hookimpl",
    "domain.effects": "Effect",
    "domain.checks": "Check Fault Verdict",
    "domain.findings": "Finding Severity",
    "domain.manifest": "Manifest Operation VerbSpec",
    "domain.outcomes": "Accepted Done NeedsPerson NotNeeded",
    "domain.proposal": "Link Proposal StepProposal",
    "domain.request": "Client Request",
    "domain.state": "Holder LinkState",
    "domain.tasks": "Bring BringKind Instructions",
    "domain.verbs": "Mode Provenance Verb",
    "errors": "ConfigurationError ConnectorError CredentialsError DisengageError OutcomeUnknownError "
    "RejectedError RetryableError UnexpectedResponseError",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "Accepted",
    "Bring",
    "BringKind",
    "Check",
    "Client",
    "ConfigurationError",
    "ConnectionSettings",
    "Connector",
    "ConnectorError",
    "ConnectorType",
    "CredentialsError",
    "DisengageError",
    "Done",
    "Effect",
    "Fault",
    "Finding",
    "Firm",
    "Holder",
    "Instructions",
    "Link",
    "LinkState",
    "Manifest",
    "Mode",
    "NeedsPerson",
    "NoOptions",
    "NotNeeded",
    "Operation",
    "OutcomeUnknownError",
    "Proposal",
    "Provenance",
    "Rate",
    "RejectedError",
    "Request",
    "RetryableError",
    "Secret",
    "Severity",
    "Sink",
    "StepProposal",
    "Surroundings",
    "UnexpectedResponseError",
    "Url",
    "Verb",
    "VerbSpec",
    "Verdict",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    """Load an exported name when it is first used."""
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
