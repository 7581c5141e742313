"""Legal holds, and what two people approved to destroy and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the three tables."""
    _table("legal_holds", sa.Column("released_at", sa.Text))
    _table("destruction_approvals", sa.Column("bags_digest", sa.Text, nullable=False))
    _table("destructions", sa.Column("bags_digest", sa.Text, nullable=False), sa.Column("finished_at", sa.Text))


def _table(name: str, *own: sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("cases.id"), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        *own,
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index(f"ix_{name}_case_id", name, ["case_id"])
