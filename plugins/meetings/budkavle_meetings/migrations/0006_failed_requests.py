"""Bookings and changes that were approved but could not be carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Requests that wait now have not failed, as far as is known."""
    has_failed = sa.Column("has_failed", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("meetings_meetings", has_failed)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("meetings_meetings", "has_failed")
