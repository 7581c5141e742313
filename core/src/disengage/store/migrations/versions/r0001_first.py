"""The first tables."""

import sqlalchemy as sa
from alembic import op

from disengage.store import triggers

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the triggers of the event log."""
    _cases()
    _parts()
    _judgements()
    _evidence()
    _events()
    _wakes()
    _rest()
    _triggers()


def _case(*, key: bool) -> sa.Column[str]:
    return sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), primary_key=key, nullable=False)


def _text(name: str, *, key: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, unique=unique, nullable=False)


def _maybe(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text)


def _whole(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=key, autoincrement=False, nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _sealed(name: str = "sealed") -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _COUNTER, primary_key=True, autoincrement=True)


def _cases() -> None:
    op.create_table(
        "cases",
        _number("number"),
        _text("id", unique=True),
        _text("state"),
        _text("plan_hash"),
        _whole("needed"),
        _flag("fresh"),
        _flag("reviewed"),
        _text("policy_gate"),
        _flag("cancelled"),
        _sealed("request"),
        _sealed(),
    )
    op.create_index("ix_cases_state_number", "cases", ["state", "number"])


def _parts() -> None:
    op.create_table(
        "links",
        _case(key=True),
        _text("id", key=True),
        _whole("position"),
        _text("connection"),
        _text("connector"),
        _sealed(),
    )
    op.create_table(
        "steps",
        _case(key=True),
        _text("id", key=True),
        _whole("position"),
        *map(_text, ("link", "connection", "verb", "mode", "state")),
        _maybe("waits_for"),
        sa.Column("due", sa.Date),
        sa.Column("deadline", sa.Date),
        *map(_whole, ("attempts", "looks", "failures")),
        _maybe("proof"),
        _text("outcome"),
        _maybe("acting_since"),
        _flag("accepted"),
        _maybe("wake_at"),
        _maybe("first_tried"),
        _sealed(),
    )
    op.create_table(
        "tasks",
        _case(key=True),
        _text("id", key=True, unique=True),
        _whole("position"),
        *map(_text, ("step", "connection", "kind", "state")),
        sa.Column("due", sa.Date),
        _sealed(),
    )


def _judgements() -> None:
    op.create_table(
        "findings",
        _case(key=True),
        _whole("position", key=True),
        _text("code"),
        _text("severity"),
        _maybe("connection"),
        _sealed(),
    )
    op.create_table(
        "approvals",
        _case(key=True),
        _whole("position", key=True),
        _text("at"),
        _text("plan_hash"),
        _sealed(),
    )


def _evidence() -> None:
    op.create_table(
        "evidence",
        _number("id"),
        _case(key=False),
        *map(_text, ("step", "kind", "at", "digest")),
        _sealed("by"),
        _sealed("detail"),
    )
    op.create_index("ix_evidence_case_id", "evidence", ["case_id"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _COUNTER, primary_key=True, autoincrement=False),
        _case(key=False),
        *map(_text, ("at", "kind", "actor", "payload", "previous", "hash")),
    )
    op.create_index("ix_events_case_id", "events", ["case_id"])
    op.create_table(
        "chain_head",
        _whole("id", key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        _text("hash"),
        _text("signature"),
    )


def _wakes() -> None:
    op.create_table(
        "wakes",
        _number("id"),
        _case(key=False),
        _text("what"),
        _whole("number"),
        _text("at"),
        _maybe("sent_at"),
        sa.UniqueConstraint("case_id", "what", "at", name="uq_wakes_at"),
        sa.UniqueConstraint("case_id", "what", "number", name="uq_wakes_number"),
    )
    op.create_index("ix_wakes_sent_at_id", "wakes", ["sent_at", "id"])


def _rest() -> None:
    op.create_table("connections", _text("name", key=True), _text("paused_until"), _text("reason"))
    op.create_table("tokens", _text("name", key=True), _sealed("value"))
    op.create_table("meta", _text("name", key=True), _text("value"))


def _triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        statements = [*triggers.SQLITE.values()]
    else:
        statements = [triggers.POSTGRESQL_FUNCTION, *triggers.POSTGRESQL.values()]
    for statement in statements:
        op.execute(statement)
