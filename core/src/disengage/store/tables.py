"""The tables.

In clear stands only what listing and waking need: ids, states, dates, counts, verbs, hashes, and outcomes, which hold
nothing personal. Everything else of a domain value is in its row's ``sealed`` column. A field of a domain value that
has a column of its name is kept there; see ``disengage.store.parts``.

Other software keeps tables in the same database (the engine's ``workflow_status`` and the like); they are not ours.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from disengage.store.columns import Moment, Sealed, Words

metadata = MetaData()

#: SQLite counts up only a plain INTEGER PRIMARY KEY.
Counter = BigInteger().with_variant(Integer, "sqlite")


def _case() -> Column[str]:
    return Column("case_id", Text, ForeignKey("cases.id"), primary_key=True)


def _of_case() -> Column[str]:
    return Column("case_id", Text, ForeignKey("cases.id"), nullable=False, index=True)


def _of_person() -> Column[str]:
    return Column("person", Text, ForeignKey("people.name"), nullable=False, index=True)


cases = Table(
    "cases",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("state", Words, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("reviewed", Boolean, nullable=False),
    Column("policy_gate", Text, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("request", Sealed, nullable=False),
    Column("sealed", Sealed, nullable=False),
    Index("ix_cases_state_number", "state", "number"),
)

links = Table(
    "links",
    metadata,
    _case(),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("connection", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("sealed", Sealed, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    _case(),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("link", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("verb", Words, nullable=False),
    Column("mode", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("waits_for", Words),
    Column("due", Date),
    Column("deadline", Date),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("proof", Words),
    Column("outcome", Words, nullable=False),
    Column("acting_since", Moment),
    Column("accepted", Boolean, nullable=False),
    Column("wake_at", Moment),
    Column("first_tried", Moment),
    Column("sealed", Sealed, nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    _case(),
    Column("id", Text, primary_key=True, unique=True),
    Column("position", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("kind", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("due", Date),
    Column("sealed", Sealed, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    _case(),
    Column("position", Integer, primary_key=True),
    Column("code", Words, nullable=False),
    Column("severity", Words, nullable=False),
    Column("connection", Text),
    Column("sealed", Sealed, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    _case(),
    Column("position", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("plan_hash", Text, nullable=False),
    Column("sealed", Sealed, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    _of_case(),
    Column("step", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("digest", Text, nullable=False),
    Column("by", Sealed, nullable=False),
    Column("detail", Sealed, nullable=False),
)

#: Why nothing of a case may be destroyed, and until when that was so.
legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    _of_case(),
    Column("at", Moment, nullable=False),
    Column("released_at", Moment),
    Column("sealed", Sealed, nullable=False),
)

#: Who approved the destruction of exactly which bags.
destruction_approvals = Table(
    "destruction_approvals",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    _of_case(),
    Column("at", Moment, nullable=False),
    Column("bags_digest", Text, nullable=False),
    Column("sealed", Sealed, nullable=False),
)

#: What is destroyed: written before the first bag is removed, so that whoever comes next can finish it.
destructions = Table(
    "destructions",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    _of_case(),
    Column("at", Moment, nullable=False),
    Column("bags_digest", Text, nullable=False),
    Column("finished_at", Moment),
    Column("sealed", Sealed, nullable=False),
)

#: The event log. Its columns are plain, so that what is hashed is what is stored; see ``disengage.store.events``.
#: An event of the house belongs to no case.
events = Table(
    "events",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=False),
    Column("case_id", Text, ForeignKey("cases.id"), index=True),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

#: One row: the last event, signed, so that a cut-off tail is found.
chain_head = Table(
    "chain_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
)

#: Time stamps (RFC 3161) of an authority over the end of the log as it was: that event's number and hash.
timestamps = Table(
    "timestamps",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)

#: The outbox: what is to be woken, written together with the change that asks for it.
wakes = Table(
    "wakes",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("case_id", Text, ForeignKey("cases.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("sent_at", Moment),
    UniqueConstraint("case_id", "what", "at", name="uq_wakes_at"),
    UniqueConstraint("case_id", "what", "number", name="uq_wakes_number"),
    Index("ix_wakes_sent_at_id", "sent_at", "id"),
)

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused_until", Moment, nullable=False),
    Column("reason", Words, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("since", Moment),
)

#: Rotated tokens. A token's name may hold an organisation number, so only its keyed digest is kept.
tokens = Table(
    "tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Sealed, nullable=False),
)

#: Who may come in. A name is never given to somebody else, so nobody is ever taken out. It stands in the event log
#: and is in clear here too; ``subject`` is a keyed digest of who that is at the firm's identity provider.
people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    Column("roles", Text, nullable=False),
    Column("subject", Text, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("locked_at", Moment),
    Column("sealed", Sealed, nullable=False),
)

#: Who is signed in: ``digest`` is a keyed digest of the cookie, ``word`` what the next page is to say.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    _of_person(),
    Column("how", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("csrf", Sealed, nullable=False),
    Column("word", Sealed),
)

#: One-time links, each by a keyed digest of its secret part; the one that makes the first person names none.
invitations = Table(
    "invitations",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.name"), index=True),
    Column("purpose", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

#: Attempts to sign in that failed, by keyed digests of the name that was given and of where it came from.
sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, index=True),
    Column("address", Text, nullable=False, index=True),
    Column("at", Moment, nullable=False, index=True),
)

#: Who was sent to the identity provider and is to come back: ``digest`` is a keyed digest of what they bring.
arrivals = Table(
    "arrivals",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("sealed", Sealed, nullable=False),
)

#: With what programs act for people: ``digest`` is a keyed digest of the token, ``scopes`` the rights it was given.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    _of_person(),
    Column("scopes", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("last_used", Moment),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("sealed", Sealed, nullable=False),
)

#: Calls that carried an idempotency key: ``key`` and ``body`` are keyed digests, ``call`` is method and path,
#: ``answer`` what was answered, once it was.
answered_calls = Table(
    "answered_calls",
    metadata,
    Column("person", Text, ForeignKey("people.name"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("call", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("finished", Boolean, nullable=False),
    Column("status", Integer),
    Column("answer", Sealed),
)

#: Secret addresses of calendars, each by its keyed digest; ``named`` says whether the clients' names are in it.
feeds = Table(
    "feeds",
    metadata,
    Column("digest", Text, primary_key=True),
    _of_person(),
    Column("made_at", Moment, nullable=False),
    Column("named", Boolean, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
