"""Bookings and changes that were approved and could not be carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. What waits now has not failed as far as anybody has been told."""
    has_failed = sa.Column("has_failed", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("meetings_meetings", has_failed)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("meetings_meetings", "has_failed")
