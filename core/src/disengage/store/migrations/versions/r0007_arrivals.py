"""Sign-ins at an identity provider that are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them."""
    op.create_table(
        "arrivals",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_arrivals_expires_at", "arrivals", ["expires_at"])
