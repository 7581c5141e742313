"""Connections as they are told."""

from __future__ import annotations

from typing import Literal

from disengage.domain.effects import Effect
from disengage.domain.verbs import Mode, Provenance, Verb
from disengage.web.api.models.base import Moment, Told
from disengage.web.api.models.cases import Bring


class Outage(Told):
    """How a connection fails.

    Attributes:
        failures: How often in a row.
        since: Since when it is down; null: it only failed now and then.
        until: Until when it is left alone.
        reason: What the last call said.
    """

    failures: int
    since: Moment | None
    until: Moment
    reason: str


class HealthOf(Told):
    """How a connection is.

    Attributes:
        trust: The weakest provenance that it may call by itself.
        problem: Why it cannot be used at all; empty where it can.
        outage: How it fails; null where it does not.
        answered_at: When the platform answered last; null where that is not known.
    """

    name: str
    connector: str
    platform: str
    trust: Provenance
    state: Literal["broken", "down", "fails", "works", "unknown"]
    problem: str
    remedy: str
    outage: Outage | None
    answered_at: Moment | None


class Connections(Told):
    """Every connection, in the order of the configuration."""

    connections: list[HealthOf]


class Source(Told):
    """Where something is known from.

    Attributes:
        as_of: The day on which it was read.
    """

    source: str
    as_of: str


class AutomaticWith(Told):
    """What a connection would need to do by itself what is work for a person now."""

    trust: Provenance
    operations: list[str]


class VerbOf(Told):
    """How a connection does one verb.

    Attributes:
        operations: What it calls.
        not_needed: Why the platform has nothing of its own for it.
        through_support: The call only asks the vendor's support.
        automatic_with: Where it is by hand and need not be: what it takes.
    """

    verb: Verb
    part: str
    mode: Mode
    provenance: Provenance | None
    effects: list[Effect]
    operations: list[str]
    not_needed: str | None
    source: str | None
    through_support: bool
    automatic_with: AutomaticWith | None
    sources: list[Source]


class OperationOf(Told):
    """One operation of a platform's API.

    Attributes:
        call: Method and path; empty where the connection configures it.
        changes: Whether it changes something on the platform.
    """

    name: str
    call: str
    provenance: Provenance
    source: str
    as_of: str
    changes: bool


class ByHand(Told):
    """What a person is told to do.

    Attributes:
        language: Of ``steps``.
        text: All of it as plain text.
    """

    verb: Verb
    part: str
    title: str
    language: str
    steps: list[str]
    steps_en: list[str]
    warnings: list[str]
    bring: list[Bring]
    source: str
    as_of: str
    provenance: Provenance
    text: str


class Connection(HealthOf):
    """A connection with all that is known of what it can do.

    Attributes:
        schemes: The identifier schemes by which it finds a client.
        verbs: Absent, like what follows, where no usable plugin offers its connector.
    """

    vendor: str = ""
    schemes: list[str] = []
    verbs: list[VerbOf] = []
    operations: list[OperationOf] = []
    by_hand: list[ByHand] = []


class Tried(Told):
    """Whether a connection's credentials work."""

    connection: str
    ok: bool
    message: str
    remedy: str
