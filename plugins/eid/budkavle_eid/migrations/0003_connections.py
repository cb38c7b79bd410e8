"""Connections that are made on a page."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "eid_connections",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("active", sa.LargeBinary),
        sa.Column("draft", sa.LargeBinary),
        sa.Column("trial", sa.LargeBinary),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take it away; whoever signs in by one of them cannot any more."""
    op.drop_table("eid_connections")
