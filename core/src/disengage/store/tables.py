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
events = Table(
    "events",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=False),
    _of_case(),
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

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
