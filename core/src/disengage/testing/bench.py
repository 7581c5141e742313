"""One connection to one fresh simulator, with all that surrounds a connection, and everything that it does noted."""

from __future__ import annotations

import os
import threading
import tomllib
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from disengage.connector import Connector, Firm, Surroundings
from disengage.domain.values import Frozen
from disengage.errors import ConfigurationError, ConnectorError, DisengageError, InputError
from disengage.http.calls import Call
from disengage.http.trial import Trial, held, no_answer_in_time
from disengage.isolation import Isolation
from disengage.pluginrules import checked
from disengage.settings import RawConnection, connection_settings
from disengage.testing.ears import AT_WORK, Ears
from disengage.testing.exchanges import Exchange, Looked
from disengage.testing.hooks import hooks_of
from disengage.testing.planted import Planted
from disengage.testing.subject import EXAMPLE, Subject, Variant
from disengage.testing.surroundings import Books, TokensInMemory
from disengage.testing.ways import REFUSED, TIMEOUT, Way

#: What a hook may raise: trouble with the platform, or with what a user wrote.
_ALLOWED = (ConnectorError, ConfigurationError, InputError)
_A_WHILE = timedelta(minutes=5)
_FIRM = Firm(name="Fjord Regnskap AS", country="NO", time_zone="Europe/Oslo")


class Bench:
    """A connection on the bench. Use it as a context manager.

    Args:
        subject: What is on the bench.
        folder: An empty folder of its own.
        ears: Who hears what is said meanwhile.
        variant: Which ending it is about.
        clients: How many clients the simulator has.
        seconds: How long one hook may take.

    Attributes:
        timeline: Every exchange, and where somebody looked in between.
        foreign: Errors that no hook may raise.
        texts: What the connector said to people, each with where it said so.
        called: The hooks that were called.
        sent: The secrets that went out with the last call, and what it said about people.
        now: The connection's clock: a morning, on which time passes only where it is told to.
    """

    def __init__(
        self,
        subject: Subject,
        folder: Path,
        ears: Ears,
        *,
        variant: Variant = EXAMPLE,
        clients: int = 1,
        seconds: float = 30.0,
    ) -> None:
        self.subject, self.folder, self.variant, self._ears = subject, folder, variant, ears
        self.simulator = subject.simulate(clients)
        self.timeline: list[Exchange | Looked] = []
        self.foreign: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.called: list[str] = []
        self.books, self.tokens = Books(), TokensInMemory()
        self._lock, self._isolation, self._seconds = threading.Lock(), Isolation(), seconds
        self._number, self._ambush = 0, (0, REFUSED)
        self._trial = Trial(watch=self._watch)
        self.sent: tuple[str, ...] = ()
        self.now = datetime.now(ZoneInfo(_FIRM.time_zone)).replace(hour=9).astimezone(UTC)
        self.connectors: list[Connector] = []

    def __enter__(self) -> Bench:
        """Start the simulator and make a connection to it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.simulator.start()
        if self.variant.prepare:
            self.variant.prepare(self.simulator)
        secrets = self.simulator.environment()
        self._before = {name: os.environ.get(name) for name in secrets}
        os.environ.update(secrets)
        self.request = self.subject.request(self.simulator.example(), self.variant)
        self.planted = self._plant(secrets)
        self.simulator.heard.append(self.planted.hear)
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of everything."""
        for connector in self.connectors:
            connector.close()
        self.simulator.stop()
        for name, value in self._before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})

    def _plant(self, secrets: dict[str, str]) -> Planted:
        texts = dict.fromkeys(self.simulator.planted, "a planted text")
        texts |= dict.fromkeys(secrets.values(), "a secret")
        person = self.request.administrator
        texts |= {person.email: "an e-mail address", person.name: "a person's name"} if person else {}
        client = self.request.client
        return Planted(texts, public=(*client.identifiers.values(), *client.references.values()))

    # the connection

    def connect(self) -> None:
        """Make a new connection, as a process that starts again does."""
        manifest = self.subject.offered.manifest
        table = tomllib.loads(self.simulator.configuration(self.folder))
        table = table.get("connections", {}).get(self.subject.connection, table) | dict(self.variant.settings)
        raw = RawConnection(
            name=self.subject.connection, connector=self.subject.offered.name, table=table, file=self.folder / "toml"
        )
        around = Surroundings(
            connection=raw.name,
            firm=_FIRM,
            folder=self.folder,
            limiter=self.books,
            tokens=self.tokens,
            now=lambda: self.now,
        )
        with held(self._trial):
            settings = connection_settings(raw, self.subject.offered.settings_model, self.folder)
            connector = self.subject.offered.connector(settings, around)
        self.connectors.append(connector)
        self._hooks = hooks_of(connector, raw.name)
        self.time_zone = manifest.time_zone or _FIRM.time_zone

    @property
    def connector(self) -> Connector:
        """The connection made last."""
        return self.connectors[-1]

    def implements(self, hook: str) -> bool:
        """Return whether the connector has this hook."""
        return hook in self._hooks

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call one hook as the engine does: within its time, with values of its own, its answer checked.

        Raises:
            DisengageError: What the hook raised.
        """
        own = {name: _own(value) for name, value in arguments.items()}
        self.called.append(hook)
        try:
            with held(self._trial), self._ears.listening():
                answer = self._isolation.call(self._who, hook, lambda: self._asked(hook, own), self._seconds)
        except DisengageError as error:
            self._note_error(hook, error)
            raise
        self._note(hook, answer)
        return answer

    @property
    def _who(self) -> str:
        return f"{AT_WORK}{self.subject.connection}"

    def _asked(self, hook: str, arguments: dict[str, Any]) -> Any:
        try:
            return checked(self.subject.connection, hook, self._hooks.call(self.connector, hook, arguments))
        except DisengageError:
            raise
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            self.foreign.append(f"{hook} raised a bare {type(error).__name__}: {error} ({where})")
            raise

    # what is noted

    def _note_error(self, hook: str, error: DisengageError) -> None:
        if not isinstance(error, _ALLOWED) and not any(note.startswith(f"{hook} raised") for note in self.foreign):
            self.foreign.append(f"{hook} failed with {type(error).__name__}: {error}")
        said = {str(error), repr(error), *map(str, error.__dict__.values())}
        self.texts += [(f"the {type(error).__name__} of {hook}", text) for text in said]

    def _note(self, hook: str, answer: Any) -> None:
        for item in answer if isinstance(answer, tuple) else (answer,):
            self.texts += [(f"what {hook} returned", text) for text in _spoken(item)]

    def said(self) -> Iterable[tuple[str, str]]:
        """Return all that the connector said, to people and into logs."""
        return [*self.texts, *(("a log line", line) for line in self._ears.said)]

    def leaks(self) -> list[str]:
        """Return a complaint for everything planted that was said."""
        return list(dict.fromkeys(c for where, text in self.said() for c in self.planted.found_in(where, text)))

    # exchanges

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange so far."""
        return [each for each in self.timeline if isinstance(each, Exchange)]

    def look(self) -> None:
        """Note that somebody saw what the platform shows."""
        self.timeline.append(Looked())

    def time_passes(self) -> None:
        """Let as much time pass as the engine lets pass before it tries again."""
        self.now += _A_WHILE

    def count_anew(self) -> None:
        """Begin to count exchanges from 1."""
        self._number = 0

    def ambush(self, number: int, way: Way) -> None:
        """Let exchange ``number`` fail, counted from now on, once."""
        self.count_anew()
        self._ambush = (number, way)
        if way.kind:
            self.simulator.faults.add(way.fault(number))

    def _watch(self, call: Call, send: Callable[[], Any]) -> Any:
        exchange, self.sent = self._begun(call), call.hidden
        struck = self._ambush[1] if exchange.number == self._ambush[0] else None
        try:
            if struck is REFUSED:
                with self.simulator.unreachable():
                    return send()
            response = send()
            if struck is TIMEOUT:
                response.close()
                raise no_answer_in_time()
            exchange.carries_file = "json" not in response.headers.get("content-type", "json")
            return response
        finally:
            self._ended(exchange)

    def _begun(self, call: Call) -> Exchange:
        with self._lock:
            self._number += 1
            exchange = Exchange(
                number=self._number,
                operation=call.operation,
                changes=call.changes,
                for_token=call.for_token,
                method=call.method,
                url=str(call.url),
                body=call.body.content,
                request_id=call.request_id,
                booking=self.books.taken(),
            )
            self.timeline.append(exchange)
            return exchange

    def _ended(self, exchange: Exchange) -> None:
        """Add what the simulator knows of it."""
        with self.simulator.lock:
            seen = [entry for entry in self.simulator.journal if entry.request_id == exchange.request_id]
            reached = sum(e.request_id == exchange.request_id and e.status >= 0 for e in self.exchanges)
        if len(seen) > reached:
            exchange.status, exchange.effects = seen[-1].status, seen[-1].effects

    def past_the_kit(self) -> list[str]:
        """Return the calls that the simulator received and the HTTP kit did not send."""
        ids = {exchange.request_id for exchange in self.exchanges}
        strays = {f"{entry.method} {entry.path}" for entry in self.simulator.journal if entry.request_id not in ids}
        return [f"{stray} was called past the HTTP kit" for stray in sorted(strays)]


def _own(value: Any) -> Any:
    return value.model_copy(deep=True) if isinstance(value, Frozen) else value


def _spoken(answer: Any) -> list[str]:
    """Return what of a hook's answer is shown to people or recorded in clear."""
    if isinstance(answer, str):
        return [answer]
    words = ("receipt", "waiting_for", "reason", "title", "code", "message", "remedy")
    found = [str(getattr(answer, word)) for word in words if getattr(answer, word, "")]
    found += [step.reason for step in getattr(answer, "steps", ()) if getattr(step, "reason", "")]
    return found + (_spoken(answer.instructions) if getattr(answer, "instructions", None) else [])
