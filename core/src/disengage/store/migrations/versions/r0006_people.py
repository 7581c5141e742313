"""People with their sessions, links and tokens; and events of the house, which belong to no case."""

import sqlalchemy as sa
from alembic import op

from disengage.store import triggers

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and let an event be without a case."""
    _people()
    _ways_in()
    _programs()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_events()
    else:
        op.alter_column("events", "case_id", nullable=True)


def _text(name: str, *, key: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, unique=unique, nullable=False)


def _maybe(name: str, *, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, unique=unique)


def _person(*, key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("person", sa.Text, sa.ForeignKey("people.name"), primary_key=key, nullable=nullable)


def _sealed(name: str = "sealed", *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def _people() -> None:
    op.create_table(
        "people",
        _text("name", key=True),
        _text("roles"),
        _maybe("subject", unique=True),
        _text("made_at"),
        _maybe("locked_at"),
        _sealed(),
    )


def _ways_in() -> None:
    op.create_table(
        "sessions",
        _text("digest", key=True),
        _person(),
        *map(_text, ("how", "made_at", "last_seen", "expires_at")),
        _sealed("csrf"),
        _sealed("word", nullable=True),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_table(
        "invitations",
        _text("digest", key=True),
        _person(nullable=True),
        *map(_text, ("purpose", "made_at", "expires_at")),
        _maybe("used_at"),
    )
    op.create_index("ix_invitations_person", "invitations", ["person"])
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        *map(_text, ("name", "address", "at")),
    )
    for column in ("name", "address", "at"):
        op.create_index(f"ix_sign_in_attempts_{column}", "sign_in_attempts", [column])


def _programs() -> None:
    op.create_table(
        "api_tokens",
        _text("id", key=True),
        _text("digest", unique=True),
        _person(),
        *map(_text, ("scopes", "made_at")),
        *map(_maybe, ("last_used", "expires_at", "revoked_at")),
        _sealed(),
    )
    op.create_index("ix_api_tokens_person", "api_tokens", ["person"])
    op.create_table(
        "answered_calls",
        _person(key=True),
        _text("key", key=True),
        *map(_text, ("call", "body", "at")),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("status", sa.Integer),
        _sealed("answer", nullable=True),
    )
    op.create_index("ix_answered_calls_at", "answered_calls", ["at"])
    op.create_table(
        "feeds",
        _text("digest", key=True),
        _person(),
        _text("made_at"),
        sa.Column("named", sa.Boolean, nullable=False),
    )
    op.create_index("ix_feeds_person", "feeds", ["person"])


def _rebuild_events() -> None:
    """Write the log into a table whose ``case_id`` may be empty, since SQLite cannot change that of a column."""
    for name in triggers.SQLITE:
        op.execute(f"DROP TRIGGER {name}")
    op.create_table(
        "new_events",
        sa.Column("seq", _COUNTER, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id")),
        *map(_text, ("at", "kind", "actor", "payload", "previous", "hash")),
    )
    columns = "seq, case_id, at, kind, actor, payload, previous, hash"
    op.execute(f"INSERT INTO new_events ({columns}) SELECT {columns} FROM events ORDER BY seq")  # noqa: S608 - names of ours
    op.drop_table("events")
    op.rename_table("new_events", "events")
    op.create_index("ix_events_case_id", "events", ["case_id"])
    for statement in triggers.SQLITE.values():
        op.execute(statement)
