"""A count of each case's changes, by which a process knows whether what it read is still so."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let every case begin at nought."""
    op.add_column("cases", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
