"""What a connector publishes about itself: its operations with their sources, and its verbs."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from disengage.domain.effects import Effect
from disengage.domain.request import RequestKind
from disengage.domain.state import COMPARED
from disengage.domain.tasks import Instructions
from disengage.domain.values import Frozen
from disengage.domain.verbs import Mode, Provenance, Verb, weakest


class Operation(Frozen):
    """One operation of a platform's API.

    Attributes:
        name: The word by which connector, configuration and manifest call it.
        call: Method and path, or empty where the user configures it.
        provenance: How it is known.
        source: URL.
        as_of: The day the source was read, ISO 8601.
        changes: True where the call changes something on the platform.
    """

    name: str
    call: str = ""
    provenance: Provenance
    source: str = ""
    as_of: str = ""
    changes: bool = False


class VerbSpec(Frozen):
    """How a connector does one verb (or one part of it).

    Attributes:
        verb: The verb.
        part: Which part; empty for the only or main one.
        operations: Names of the operations it calls. Empty: by hand, or not needed.
        effects: What it does on this platform.
        moves: The fields of ``LinkState`` that it changes.
        not_needed: Why the platform has nothing of its own for this verb; empty where it has.
        by_hand: The instructions for a person; None only where the verb is not needed.
        through_support: The call only asks somebody at the platform to do it (a ticket). Its receipt proves
            nothing, and a state that has not changed does not prove that nothing was sent.
        firms_own: What it keeps is the firm's own matter: it is not handed over unless somebody says so.
    """

    verb: Verb
    part: str = ""
    operations: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    moves: tuple[str, ...] = ()
    not_needed: str = ""
    by_hand: Instructions | None = None
    through_support: bool = False
    firms_own: bool = False

    @property
    def key(self) -> str:
        """``verb`` or ``verb:part``."""
        return f"{self.verb}:{self.part}" if self.part else str(self.verb)


class Manifest(Frozen):
    """Everything the framework and its users need to know of a connector before calling it.

    Attributes:
        platform: The product's own name.
        vendor: Who makes it.
        time_zone: The platform's IANA time zone, in which its dates are due; empty: the firm's.
        schemes: Identifier schemes it can find a client by.
        operations: Every operation the connector may call.
        verbs: Every verb, with its parts.
        consistency_delay: How long a change may take to be seen in a read. Only after that is
            "nothing happened" believed.
        kinds: Kinds of request that it takes part in.
    """

    platform: str
    vendor: str
    time_zone: str = ""
    schemes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    verbs: tuple[VerbSpec, ...]
    consistency_delay: timedelta = timedelta(seconds=2)
    kinds: tuple[RequestKind, ...] = (RequestKind.ENDING,)

    def operation(self, name: str) -> Operation:
        """Return the operation called ``name``.

        Raises:
            KeyError: The manifest does not name it.
        """
        for operation in self.operations:
            if operation.name == name:
                return operation
        raise KeyError(name)

    def specs(self, verb: Verb) -> tuple[VerbSpec, ...]:
        """Return the parts of ``verb``, in order."""
        return tuple(spec for spec in self.verbs if spec.verb is verb)

    def spec(self, verb: Verb, part: str = "") -> VerbSpec:
        """Return one part of ``verb``.

        Raises:
            KeyError: The manifest does not have it.
        """
        for spec in self.verbs:
            if spec.verb is verb and spec.part == part:
                return spec
        raise KeyError(f"{verb}:{part}")

    def provenance(self, spec: VerbSpec) -> Provenance:
        """Return the weakest provenance of the operations of ``spec``."""
        return weakest([self.operation(name).provenance for name in spec.operations])

    def complaints(self) -> tuple[str, ...]:
        """Return what does not hold together; empty for a manifest that can be used."""
        keys = [spec.key for spec in self.verbs]
        names = {operation.name for operation in self.operations}
        found = [f"{key} is there twice" for key in dict.fromkeys(keys) if keys.count(key) > 1]
        for spec in self.verbs:
            found += [
                f"{spec.key} calls '{name}', which it does not list" for name in spec.operations if name not in names
            ]
            found += [
                f"{spec.key} moves '{word}', which cannot be compared" for word in spec.moves if word not in COMPARED
            ]
        if self.time_zone and not _is_time_zone(self.time_zone):
            found.append(f"there is no time zone '{self.time_zone}'")
        return tuple(found)

    def mode(self, spec: VerbSpec, trust: Provenance, configured: frozenset[str]) -> Mode:
        """Return how ``spec`` is done on a connection.

        Args:
            spec: The verb.
            trust: The connection's trust.
            configured: Operations without a path of their own that the connection configured.
        """
        if spec.not_needed:
            return Mode.NOT_NEEDED
        if not spec.operations:
            return Mode.BY_HAND
        there = all(self.operation(name).call or name in configured for name in spec.operations)
        return Mode.AUTOMATIC if there and self.provenance(spec).is_trusted_at(trust) else Mode.BY_HAND


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
