"""The store: what the rest of the house sees of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine

from disengage.connector import Secret, TokenStore
from disengage.domain.case import Case
from disengage.domain.request import Request
from disengage.store import audit, cases, events, figures, marks, outbox, proofs
from disengage.store.agenda import Agenda
from disengage.store.answered import AnsweredCalls
from disengage.store.answering import Answering
from disengage.store.apitokens import ApiTokens
from disengage.store.arrivals import Arrivals
from disengage.store.attempts import Attempts
from disengage.store.database import Database, further_engine
from disengage.store.dates import Dates
from disengage.store.disposal import Disposal
from disengage.store.events import EventRecord
from disengage.store.feeds import Feeds
from disengage.store.figures import Figures
from disengage.store.holds import Hold
from disengage.store.invitations import Invitations
from disengage.store.listing import Listing
from disengage.store.log import Log
from disengage.store.opening import opened
from disengage.store.outages import Outages
from disengage.store.outbox import Wake
from disengage.store.people import People
from disengage.store.places import Place, places_of
from disengage.store.proofs import EvidenceRow
from disengage.store.recent import Recent
from disengage.store.sealing import Seal
from disengage.store.sessions import KeptSessions
from disengage.store.stamps import Stamps
from disengage.store.tokens import Tokens
from disengage.store.work import Work


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Cases, evidence, events and wakes, on SQLite or PostgreSQL. Made by ``Store.open``; safe to share by threads.

    Attributes:
        url: The database's URL for people, without a password.
        dialect: ``sqlite`` or ``postgresql``.
        path: The SQLite file, or None.
        tokens: Rotated tokens, sealed.
        agenda: What waits for people.
        listing: Cases by state, however many there are.
        outages: Connections that fail.
        disposal: Legal holds, and the destruction of what was kept.
        log: Events and evidence as they are stored.
        stamps: Time stamps over the log's end.
        people: Who may come in.
        sessions: Who is signed in.
        invitations: One-time links.
        attempts: Attempts to sign in.
        arrivals: Who was sent to the identity provider and is to come back.
        api_tokens: With what programs act for people.
        answered: Calls of programs that carried an idempotency key.
        feeds: Secret addresses of calendars.
        dates: Dates over all cases.
        answering: When connections answered last.
    """

    def __init__(self, database: Database, seal: Seal, now: Callable[[], datetime]) -> None:
        self._database, self._seal, self._now = database, seal, now
        self.url, self.dialect, self.path = database.shown, database.dialect, database.path
        self.tokens: TokenStore = Tokens(database, seal)
        self.agenda = Agenda(database)
        self.listing = Listing(database)
        self.disposal = Disposal(database)
        self.log = Log(database, seal)
        self.stamps = Stamps(database)
        self.people = People(database, seal, now)
        self.sessions = KeptSessions(database, seal)
        self.invitations = Invitations(database, seal)
        self.attempts = Attempts(database, seal)
        self.arrivals = Arrivals(database, seal)
        self.api_tokens = ApiTokens(database, seal)
        self.answered = AnsweredCalls(database, seal)
        self.feeds = Feeds(database, seal)
        self.dates = Dates(database)
        self.answering = Answering(database)
        self.outages = Outages(database)
        self._places = places_of(database)
        self._recent = Recent()

    @classmethod
    def open(
        cls,
        url: str,
        folder: Path,
        *,
        key: Secret | None = None,
        create: bool = False,
        now: Callable[[], datetime] = _utc_now,
    ) -> Store:
        """Open a store, and bring its tables up to date.

        Args:
            url: ``sqlite:////path/to/file.db`` or ``postgresql://user@host/database``.
            folder: Where the key file ``disengage.key`` is, if ``key`` names no other place.
            key: Where the encryption key (Fernet) is kept.
            create: Make the store where there is none.
            now: The clock, UTC.

        Raises:
            StoreError: There is no store, or it cannot be used; nothing was changed.
        """
        return cls(*opened(url, folder, key, create=create), now)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for software that keeps its own tables in the same database."""
        return self._database.engine

    def close(self) -> None:
        """Close every connection."""
        self._places.close()
        self._database.close()

    # workers

    @property
    def address(self) -> str:
        """The database's whole URL, password included; never shown."""
        return self._database.engine.url.render_as_string(hide_password=False)

    def border(self) -> AbstractContextManager[None]:
        """Return what turns errors of software that keeps its own tables here into ``StoreError``."""
        return self._database.border()

    def engine_of_its_own(self) -> Engine | None:
        """Return a further SQLAlchemy engine with SQLite's settings as here; None on PostgreSQL, which needs none."""
        return further_engine(self._database)

    def take_place(self) -> Place:
        """Take a place among the workers of this store.

        Raises:
            StoreError: The store is on SQLite, and another process works on it.
        """
        return self._places.take()

    def worked_on(self) -> bool:
        """Return whether any worker is alive that does what is ready."""
        return self._places.any_taken()

    def dead(self, place: str) -> AbstractContextManager[bool]:
        """Yield whether the worker of that place is gone; nobody can take its place within the block."""
        found: AbstractContextManager[bool] = self._places.dead(place)
        return found

    def hold(self, name: str) -> AbstractContextManager[Hold]:
        """Yield a hold, true where nobody else holds ``name``; it is the block's own until it ends."""
        found: AbstractContextManager[Hold] = self._places.hold(name)
        return found

    def __enter__(self) -> Store:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    # cases

    def case_id_for(self, request: Request) -> str:
        """Return the id of the request's case: always the same in this store, and nothing personal in it."""
        return self._seal.case_id(request.identity)

    def has(self, case_id: str) -> bool:
        """Return whether there is a case of exactly this id."""
        with self._reading() as connection:
            return cases.exists(connection, case_id)

    def case(self, case_id: str) -> Case:
        """Return one case, by its id or the beginning of it.

        Raises:
            InputError: There is none, or more than one.
        """
        with self._reading() as connection:
            return self._recent.load(connection, *cases.found(connection, case_id))

    def cases(self, *, unfinished: bool = False) -> list[Case]:
        """Return the cases, oldest first."""
        with self._reading() as connection:
            return cases.load(connection, cases.ids(connection, unfinished=unfinished))

    def case_ids(self, *, unfinished: bool = False) -> list[str]:
        """Return the ids of the cases, oldest first."""
        with self._reading() as connection:
            return cases.ids(connection, unfinished=unfinished)

    def could_go_on(self, now: datetime) -> list[str]:
        """Return the ids of begun cases in which something seems to be due; all of them, and perhaps some more."""
        with self._reading() as connection:
            return figures.could_go_on(connection, now)

    def figures(self, now: datetime, after: int = 0) -> Figures:
        """Return how much there is of everything, with events counted after number ``after`` only."""
        with self._reading() as connection:
            return figures.figures(connection, now.date(), after)

    def case_of_task(self, task_id: str) -> str:
        """Return the id of the case a task belongs to.

        Raises:
            InputError: There is no such task.
        """
        with self._reading() as connection:
            return cases.case_of_task(connection, task_id)

    def keep_at_hand(self, most: int) -> None:
        """Keep the last ``most`` cases at hand instead of reading them anew; what others changed is read anew."""
        self._recent.most = most

    @contextmanager
    def change(self, case_id: str) -> Iterator[Work]:
        """Change one case: nobody else can until the block ends, and all of it is written or nothing.

        Reading from the store inside the block, or pausing and resuming, is part of the same transaction.

        Raises:
            InputError: There is no such case.
            RuntimeError: This thread is changing a case already.
        """
        with self._changing() as connection:
            found, version = cases.found(connection, case_id, lock=True)
            work = Work(self._recent.load(connection, found, version), self._seal, self._now)
            yield work
            written = work.write(connection)
        work.events_written = written
        self._recent.keep(work.case, version + work.changed)

    @contextmanager
    def new_case(self, case: Case) -> Iterator[Work]:
        """Write a case that does not exist yet, and whatever is changed of it in the block.

        Raises:
            LifecycleError: It exists already.
            RuntimeError: This thread is changing a case already.
        """
        with self._changing() as connection:
            cases.create(connection, case)
            work = Work(case, self._seal, self._now)
            yield work
            written = work.write(connection)
        work.events_written = written

    def evidence(self, case_id: str, step_id: str | None = None) -> list[EvidenceRow]:
        """Return the evidence of a case, or of one of its steps, oldest first."""
        with self._reading() as connection:
            return proofs.read(connection, case_id, step_id)

    # wakes

    def wake_now(self, case_id: str, what: str, at: datetime) -> None:
        """Ask for a wake outside of any other change.

        Raises:
            InputError: There is no such case.
        """
        with self._database.writing() as connection:
            found, _ = cases.found(connection, case_id, lock=True)
            outbox.add(connection, found, what, at)

    def unsent_wakes(self, limit: int = 500) -> list[Wake]:
        """Return the wakes that were not sent yet, oldest first."""
        with self._reading() as connection:
            return outbox.unsent(connection, limit)

    def try_writing(self) -> None:
        """Do nothing, where that could be written.

        Raises:
            StoreError: It could not: the store is locked, or cannot be reached.
        """
        with self._database.writing():
            pass

    def sent(self, wakes: Sequence[Wake]) -> None:
        """Record that wakes were sent."""
        if wakes:
            with self._database.writing() as connection:
                outbox.mark_sent(connection, wakes, self._now())

    # events

    def together(self) -> AbstractContextManager[object]:
        """Return a block in which everything that is written is one transaction: all of it or nothing."""
        return self._database.writing()

    def record(self, kind: str, actor: str, **payload: Any) -> EventRecord:
        """Append an event of the house, which belongs to no case; JSON types only, and nothing personal."""
        with self._database.writing() as connection:
            draft = events.draft(self._now(), kind, actor, payload)
            return events.append(connection, self._seal, "", [draft])[0]

    def events(self, case_id: str | None = None, after: int = 0, limit: int | None = None) -> list[EventRecord]:
        """Return recorded events in order, those after number ``after`` only.

        Args:
            case_id: Those of one case; empty: those of the house; None: all.
            after: The number of the last event that is not wanted.
            limit: How many at most.
        """
        with self._reading() as connection:
            return events.read(connection, case_id, after, limit)

    def last_event(self) -> int:
        """Return the number of the last event, at once however many there are; 0 where there is none."""
        with self._reading() as connection:
            return events.newest(connection)

    def count_events(self) -> int:
        """Return how many events are recorded, without reading what they hold."""
        with self._reading() as connection:
            return events.count(connection)

    def verify_events(self, progress: audit.Progress | None = None) -> tuple[str, ...]:
        """Return what is wrong with the event log, naming the events; nothing when it is sound.

        Args:
            progress: Called with the number of events looked at, and of all.
        """
        with self._reading() as connection:
            return audit.complaints(connection, self._seal, progress)

    # marks of who looks after the store

    def mark(self, name: str) -> str | None:
        """Return the mark that was kept last under ``name``."""
        with self._reading() as connection:
            return marks.read(connection, name)

    def keep_mark(self, name: str, value: str) -> None:
        """Keep a mark; on return it is on the disk. It holds nothing personal."""
        with self._database.writing() as connection:
            marks.keep(connection, name, value)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._database.reading()

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        if self._database.writer is not None:
            raise RuntimeError("a case cannot be changed inside another change")
        with self._database.writing() as connection:
            yield connection
