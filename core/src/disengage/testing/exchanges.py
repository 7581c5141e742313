"""What passed between a connector and its simulator, seen from both ends, and what must be true of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from disengage.connector import Rate
from disengage.domain.manifest import Manifest, Operation

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Booking:
    """One call that the limiter let go.

    Attributes:
        key: Whose limit it was booked under.
        rates: What that limit is.
        at: When the call may go, in the limiter's own seconds.
    """

    key: str
    rates: tuple[Rate, ...]
    at: float


@dataclass
class Exchange:
    """One exchange, as the HTTP kit sent it and as the simulator saw it.

    Attributes:
        number: Counted from 1 since the bench was last asked to count.
        operation: What the connector calls it.
        changes: Whether the connector sent it as a changing call.
        for_token: It asked for a token.
        method: HTTP method.
        url: Where to.
        body: What was sent.
        request_id: The same for every attempt.
        booking: What the limiter said; None where it was not asked.
        status: What the simulator answered; 0 for no whole answer, -1 where the call never reached it.
        effects: How many changes the simulator made because of it.
        carries_file: The answer was something else than JSON.
    """

    number: int
    operation: str
    changes: bool
    for_token: bool
    method: str
    url: str
    body: bytes = field(repr=False)
    request_id: str
    booking: Booking | None = None
    status: int = -1
    effects: int = 0
    carries_file: bool = False

    @property
    def name(self) -> str:
        """How a complaint names it."""
        return f"exchange {self.number} ({self.operation}: {self.method} {urlsplit(self.url).path})"

    @property
    def was_refused(self) -> bool:
        """Whether it is certain that nothing happened."""
        return self.status in (-1, 503) or (300 <= self.status < 500 and self.status != 408)

    @property
    def was_done(self) -> bool:
        """Whether it is certain that it happened."""
        return self.effects > 0 or 200 <= self.status < 300

    def is_same_as(self, other: Exchange) -> bool:
        """Return whether both ask for the same thing."""
        return (self.method, self.url, self.body) == (other.method, other.url, other.body)


class Looked:
    """Between two exchanges, somebody saw what the platform shows."""


# --- rules --------------------------------------------------------------------------------------------------


def is_changing(exchange: Exchange, manifest: Manifest) -> bool:
    """Return whether an exchange changes the platform, by anybody's word or by what it did."""
    if exchange.for_token:
        return False
    declared = any(o.name == exchange.operation and o.changes for o in manifest.operations)
    return declared or exchange.changes or exchange.effects > 0


def repeats(timeline: Sequence[Exchange | Looked], manifest: Manifest) -> Iterator[str]:
    """Yield a complaint for each changing call that went out again though it had, or may have had, its effect."""
    for place, later in enumerate(timeline):
        if isinstance(later, Looked) or not is_changing(later, manifest):
            continue
        for before, earlier in enumerate(timeline[:place]):
            if isinstance(earlier, Looked) or not earlier.is_same_as(later):
                continue
            looked = any(isinstance(each, Looked) for each in timeline[before:place])
            if earlier.was_done:
                yield f"{later.name} repeats {earlier.name}, which had been done"
            elif not earlier.was_refused and not looked:
                yield f"{later.name} repeats {earlier.name}, whose outcome was not known, before anybody looked"


def untruths(exchanges: Iterable[Exchange], manifest: Manifest, configured: Mapping[str, str]) -> Iterator[str]:
    """Yield what the manifest does not say, or says wrongly, about calls that were made."""
    known = {operation.name: operation for operation in manifest.operations}
    for exchange in exchanges:
        operation = known.get(exchange.operation)
        if exchange.for_token:
            continue
        if operation is None:
            yield f"the manifest names no operation '{exchange.operation}', which sent {exchange.method}"
            continue
        call = configured.get(operation.name) or operation.call
        if not _fits(call, exchange):
            yield f"'{operation.name}' is named as '{call}', and sent {exchange.method} {_path(exchange)}"
        if exchange.effects and not operation.changes:
            yield f"'{operation.name}' is named as a read, and changed something"
        elif exchange.changes and not operation.changes:
            yield f"'{operation.name}' is named as a read, and is sent as a changing call"
        elif operation.changes and not exchange.changes:
            yield f"'{operation.name}' is named as changing, and is sent as a read, which is repeated in doubt"


def is_call_of(operation: Operation, exchange: Exchange) -> bool:
    """Return whether an exchange is this operation; asking for a token is one by its path only."""
    if exchange.for_token:
        return bool(operation.call) and _fits(operation.call, exchange)
    return exchange.operation == operation.name


def is_over_http(operation: Operation) -> bool:
    """Return whether an operation goes over HTTP; one that says otherwise (a mail) is none of the kit's exchanges."""
    return not operation.call or operation.call.partition(" ")[0] in _METHODS


def _path(exchange: Exchange) -> str:
    return unquote(urlsplit(exchange.url).path)


def _fits(call: str, exchange: Exchange) -> bool:
    """Return whether an exchange is what the manifest's ``METHOD /path`` says; other descriptions fit anything."""
    method, _, path = call.partition(" ")
    if method not in _METHODS or not path.startswith("/"):
        return True
    if method != exchange.method and not (method in _READS and exchange.method in _READS):
        return False
    pattern = "".join(map(_piece, re.split(r"({[^}]*})", path.partition("?")[0])))
    return re.search(f"{pattern}/?$", _path(exchange)) is not None


def _piece(piece: str) -> str:
    """Return the pattern of one piece of a path: ``{placeholder}``, ``{one,or,another}``, or plain text."""
    if not piece.startswith("{"):
        return re.escape(piece)
    choices = piece[1:-1].split(",")
    return "(?:" + "|".join(map(re.escape, choices)) + ")" if len(choices) > 1 else ".+"


def beyond(rates: Iterable[Rate], moments: Sequence[float]) -> Iterator[str]:
    """Yield each rate that calls at these moments, in seconds, go beyond."""
    ordered = sorted(moments)
    for rate in rates:
        close = zip(ordered, ordered[rate.calls :], strict=False)
        if any(later - earlier < rate.seconds for earlier, later in close):
            yield f"more than {rate.calls} calls in {rate.seconds:g} s"
