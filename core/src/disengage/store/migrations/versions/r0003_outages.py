"""How often in a row a connection failed, and since when it is down."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take a connection that is paused for one that is down since then."""
    op.add_column("connections", sa.Column("failures", sa.Integer, nullable=False, server_default="0"))
    op.add_column("connections", sa.Column("since", sa.Text))
    op.execute("UPDATE connections SET since = paused_until")
