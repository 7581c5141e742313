"""What a connector author imports: the base class, the settings' types, and what surrounds a connection."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import pluggy
from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from disengage.domain.checks import Check
from disengage.domain.complaints import by_field, complain, sentence
from disengage.domain.evidence import EvidenceFile
from disengage.domain.findings import Finding
from disengage.domain.manifest import Manifest, VerbSpec
from disengage.domain.proposal import Link, Proposal, StepProposal
from disengage.domain.request import Request
from disengage.domain.state import LinkState
from disengage.domain.tasks import Instructions
from disengage.domain.values import Frozen
from disengage.domain.verbs import ORDER, Mode, Provenance, Verb
from disengage.errors import ConfigurationError, CredentialsError, InputError

hookimpl = pluggy.HookimplMarker("disengage")

T = TypeVar("T", bound=BaseModel)


# --- types for settings -------------------------------------------------------------------------------------


_PLACES = '{ env = "NAME" }, { file = "path" } or { keyring = "service/name" }'


class Secret:
    """A secret named by its place, never by its value.

    Written ``{ env = "NAME" }``, ``{ file = "path" }`` or ``{ keyring = "service/name" }``.
    """

    def __init__(self, place: Literal["env", "file", "keyring"], name: str, folder: Path | None = None) -> None:
        self.place, self.name, self.folder = place, name, folder

    def __repr__(self) -> str:
        """Show the place only."""
        return f"Secret({self.place}={self.name!r})"

    def reveal(self) -> str:
        """Return the value, read now.

        Raises:
            CredentialsError: There is nothing at its place.
        """
        value = getattr(self, f"_from_{self.place}")()
        if not value:
            raise CredentialsError(
                f"No secret was found at {self.place} '{self.name}'.",
                remedy="Put the secret there and try again.",
            )
        return str(value)

    def _from_env(self) -> str | None:
        return os.environ.get(self.name)

    def _from_file(self) -> str | None:
        path = (self.folder or Path()) / self.name
        try:
            return path.read_text(encoding="utf-8-sig").strip()
        except (OSError, ValueError):  # ValueError: the file is no text, or its name can be none
            return None

    def _from_keyring(self) -> str | None:
        try:
            import keyring  # optional, loaded only where it is used
            import keyring.errors
        except ImportError:
            raise ConfigurationError(
                "A secret is named by keyring, but the package keyring is not installed.",
                remedy="Install disengage[keyring], or name the secret by env or file.",
            ) from None
        service, _, name = self.name.partition("/")
        try:
            found: str | None = keyring.get_password(service, name)
        except keyring.errors.KeyringError as error:
            raise CredentialsError(
                f"The keyring did not give the secret '{self.name}': {type(error).__name__}.",
                remedy="Unlock the keyring, or name the secret by env or file.",
            ) from None
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept a table with exactly one known place; refuse a secret in clear."""
        return core_schema.with_info_plain_validator_function(
            cls._validated, serialization=core_schema.plain_serializer_function_ser_schema(repr)
        )

    @classmethod
    def _validated(cls, value: Any, info: core_schema.ValidationInfo) -> Secret:
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            raise ValueError(f"is a secret in clear; write {_PLACES}")
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError(f"must be {_PLACES}")
        place, name = next(iter(value.items()))
        if place not in ("env", "file", "keyring") or not isinstance(name, str) or not name:
            raise ValueError(f"must be {_PLACES}")
        return cls(place, name, (info.context or {}).get("folder"))


def is_loopback(host: str | None) -> bool:
    """Return whether ``host`` is this machine's own loopback name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _safe_url(value: str) -> str:
    if not value.isprintable() or " " in value:
        raise ValueError("must be a URL without blanks")
    parts = urlsplit(value)
    if not parts.hostname or parts.username or parts.password or not _has_a_port(parts):
        raise ValueError("must be a URL with a host, a valid port if any, and without a user or password")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return value.rstrip("/")
    raise ValueError("must begin with https:// (http:// is accepted for loopback addresses only)")


def _has_a_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


#: A base URL: https, or http to a loopback address; without a trailing slash.
Url = Annotated[str, AfterValidator(_safe_url)]


class ConnectionSettings(BaseModel):
    """The base of every connector's settings: what stands under ``[connections.NAME]``."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    connector: str
    trust: Provenance = Provenance.DOCUMENTED
    operations: dict[str, str] = {}


class NoOptions(Frozen):
    """The options of a connector that has none."""


# --- what surrounds a connection ----------------------------------------------------------------------------


class Rate(Frozen):
    """At most ``calls`` in any ``seconds``."""

    calls: int
    seconds: float


class Limiter(Protocol):
    """Keeps a platform's limits across all threads and processes that share a store."""

    def wait(self, key: str, rates: Sequence[Rate]) -> None:
        """Return when one more call under ``key`` is within every one of ``rates``."""


class TokenStore(Protocol):
    """Keeps rotated tokens, encrypted, in the store."""

    def get(self, name: str) -> str | None:
        """Return the token last kept under ``name``."""

    def put(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name`` before anything else is done with it."""


class Firm(Frozen):
    """The accounting firm."""

    name: str
    country: str
    time_zone: str


class Surroundings:
    """All that a connection is given besides its settings.

    Args:
        connection: The connection's name.
        firm: The accounting firm.
        folder: Where relative paths in the settings count from.
        limiter: Shared limits.
        tokens: Kept tokens.
        now: The clock, UTC.
    """

    def __init__(
        self,
        *,
        connection: str,
        firm: Firm,
        folder: Path,
        limiter: Limiter,
        tokens: TokenStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.connection, self.firm, self.folder = connection, firm, folder
        self.limiter, self.tokens, self.now = limiter, tokens, now


class Sink(Protocol):
    """Where ``retain_history`` writes; everything becomes part of one bag that is published whole."""

    def write(self, name: str, chunks: Iterable[bytes], *, source: str = "") -> EvidenceFile:
        """Write one payload file from a stream.

        Args:
            name: Relative path in the bag, ``/`` between folders. Hostile names are stored safely.
            chunks: The content; never held in memory as a whole.
            source: Where it came from (URL without query secrets), for the bag's inventory.
        """

    def write_json(self, name: str, value: Any, *, source: str = "") -> EvidenceFile:
        """Write one JSON file, indented, keys in the order given."""

    def already_kept(self, name: str, *, source: str = "") -> EvidenceFile | None:
        """Return a file that an earlier, interrupted run of this step wrote completely from the same source, or None.

        To be asked before a download begins; what is returned is part of the bag and need not be written again.
        """

    def stated(self, name: str, count: int, *, source: str = "") -> None:
        """Record how many items the platform says there are of ``name``, to be compared with what was kept.

        Args:
            name: A file written (its items are counted) or a folder of the bag (its files are), ending in ``/``.
            count: What the platform stated.
            source: Where it stated it.
        """

    def gap(self, message: str) -> None:
        """Record that something could not be retained, and why. Shown to people; no personal data."""


class Visit(Protocol):
    """Sends a person to a platform's page, and brings back what the platform said."""

    @property
    def redirect_uri(self) -> str:
        """Where the platform has to send the person back to: an address on this machine's loopback."""

    def __call__(self, url: str) -> Mapping[str, str]:
        """Show ``url`` and return the parameters of the way back.

        Raises:
            CredentialsError: The person did not come back in time.
        """


# --- the connector ------------------------------------------------------------------------------------------


class Connector:
    """The base class of a connection: one configured account of the firm on one platform.

    A subclass sets ``manifest`` and implements, each under ``@hookimpl``, ``find_links``, ``observe`` and the
    verbs that its manifest calls automatic. ``check``, ``propose`` and ``instruct`` have good defaults.
    A verb only acts; observing, retrying, waiting, dating and logging are done around it.
    """

    manifest: ClassVar[Manifest]
    options_model: ClassVar[type[BaseModel]] = NoOptions

    def __init__(self, settings: Any, surroundings: Surroundings) -> None:
        self.settings = settings
        self.around = surroundings

    # hooks with defaults

    @hookimpl
    def check(self, link: Link, request: Request, state: LinkState) -> Sequence[Finding]:
        """Find nothing."""
        return ()

    @hookimpl
    def propose(self, link: Link, request: Request, state: LinkState) -> Proposal:
        """Propose what the manifest says, with the state that ``wanted`` gives."""
        return Proposal(wanted=self.wanted(link, request, state), steps=self.steps_from_manifest())

    @hookimpl
    def instruct(self, link: Link, request: Request, verb: Verb, part: str) -> Instructions | None:
        """Return the manifest's by-hand instructions, filled in for this client."""
        by_hand = self.manifest.spec(verb, part).by_hand
        return by_hand.filled(self.words(link, request)) if by_hand else None

    @hookimpl
    def check_evidence(
        self,
        link: Link,
        request: Request,
        verb: Verb,
        part: str,
        files: Mapping[str, Path],
        values: Mapping[str, str],
    ) -> Sequence[str]:
        """Find nothing wrong."""
        return ()

    @hookimpl
    def check_history(self, link: Link, request: Request, part: str, files: Mapping[str, Path]) -> Sequence[Check]:
        """Check nothing of its own."""
        return ()

    # for subclasses

    def close(self) -> None:
        """Let go of what the connection holds open."""

    def wanted(self, link: Link, request: Request, state: LinkState) -> LinkState:
        """Return the wanted state; by default that the link is no more."""
        return LinkState(linked=False)

    def words(self, link: Link, request: Request) -> dict[str, str]:
        """Return what placeholders in instructions are filled with."""
        ending = request.ending
        words = {
            "client": request.client.name,
            "reference": link.ref,
            "ends_on": str(ending.ends_on),
            "period_from": str(ending.period.from_),
            "period_to": str(ending.period.to),
            "reason": str(ending.reason),
            "firm": self.around.firm.name,
        }
        if request.administrator:
            words |= {
                "administrator": request.administrator.name,
                "administrator_email": request.administrator.email,
            }
        return words | request.client.identifiers

    def options(self, request: Request) -> Any:
        """Return this connection's options in the request, as ``options_model``."""
        return options_from(self.options_model, request, self.around.connection)

    def mode(self, spec: VerbSpec) -> Mode:
        """Return how ``spec`` is done on this connection: by its trust and its configured operations."""
        return self.manifest.mode(spec, self.settings.trust, frozenset(self.settings.operations))

    def may_call(self, operation: str) -> bool:
        """Return whether this connection may call ``operation`` by itself."""
        known = self.manifest.operation(operation)
        there = bool(known.call) or operation in self.settings.operations
        return there and known.provenance.is_trusted_at(self.settings.trust)

    def steps_from_manifest(self) -> tuple[StepProposal, ...]:
        """Return one step per verb and part, in the usual order."""
        return tuple(self.step_for(spec) for verb in ORDER for spec in self.manifest.specs(verb))

    def step_for(self, spec: VerbSpec, **changes: Any) -> StepProposal:
        """Return the step that does ``spec`` here, with ``changes`` to any field of ``StepProposal``."""
        mode = self.mode(spec)
        reason = spec.not_needed if mode is Mode.NOT_NEEDED else self._why_by_hand(spec) if mode is Mode.BY_HAND else ""
        given = {"mode": mode, "reason": reason, **spec.model_dump(include={"effects", "moves", "through_support"})}
        return StepProposal(verb=spec.verb, part=spec.part, **(given | changes))

    def _why_by_hand(self, spec: VerbSpec) -> str:
        if not spec.operations:
            return f"{self.manifest.platform} offers no interface for this"
        weak = [name for name in spec.operations if not self.may_call(name)]
        missing = [n for n in weak if not self.manifest.operation(n).call and n not in self.settings.operations]
        if missing:
            return f"the operation '{missing[0]}' is not configured"
        provenance = self.manifest.operation(weak[0]).provenance
        return f"the operation '{weak[0]}' is only {provenance}; trust is {self.settings.trust}"

    @property
    def time_zone(self) -> ZoneInfo:
        """The platform's time zone, else the firm's."""
        return ZoneInfo(self.manifest.time_zone or self.around.firm.time_zone)

    def today(self) -> date:
        """Return today's date where the platform is."""
        return self.around.now().astimezone(self.time_zone).date()


class ConnectorType(Frozen):
    """What a module offers through ``connector_types``.

    Attributes:
        name: The word for ``connector =`` in the configuration.
        connector: The class of its connections.
        settings_model: What may stand under ``[connections.NAME]``.
        simulator: ``package.module:Class`` of its simulator (``disengage.testing.Simulator``), or empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str
    connector: type[Connector]
    settings_model: type[ConnectionSettings] = ConnectionSettings
    simulator: str = ""

    @property
    def manifest(self) -> Manifest:
        """The connector's manifest."""
        return self.connector.manifest


def options_from(model: type[T], request: Request, connection: str) -> T:
    """Return a connection's options in the request as ``model``.

    Raises:
        InputError: Naming the option that is not known or of the wrong type.
    """
    return options_in(request.options_for(connection), model, connection)


def options_in(raw: Mapping[str, Any], model: type[T], connection: str) -> T:
    """Return what stands under ``[options.NAME]`` as ``model``; see ``options_from``."""
    try:
        return model.model_validate(dict(raw))
    except ValidationError as error:
        raise InputError(
            sentence(f"The request: {complain(error, model, f'options.{connection}')}"),
            remedy="Correct it and plan again.",
            fields=by_field(error, model, f"options.{connection}"),
        ) from None
