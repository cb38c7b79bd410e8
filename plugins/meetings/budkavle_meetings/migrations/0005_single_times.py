"""Changed single times of a series, and bookings that wait for a second person's approval."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Existing meetings count as booked."""
    changed = sa.Column("changed", JSONB, nullable=False, server_default="[]")  # moved and cancelled times of a series
    is_booked = sa.Column("is_booked", sa.Boolean, nullable=False, server_default=sa.true())
    # The approval request that waits, or that ended without approval; see `budkavle.approvals`.
    for column in (changed, is_booked, sa.Column("request_id", sa.Uuid)):
        op.add_column("meetings_meetings", column)


def downgrade() -> None:
    """Drop them."""
    for name in ("changed", "is_booked", "request_id"):
        op.drop_column("meetings_meetings", name)
