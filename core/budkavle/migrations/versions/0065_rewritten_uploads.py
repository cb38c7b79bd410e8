"""Uploads that were written without their metadata, so that a signature beside them is known to fit no more."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what lies there already nothing is told."""
    op.add_column("attachments", sa.Column("rewritten", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("attachments", "rewritten")
