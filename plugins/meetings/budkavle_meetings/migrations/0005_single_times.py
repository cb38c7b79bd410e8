"""Single times of a series that are changed, and bookings that wait for a second person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. What there is already is booked as it stands."""
    changed = sa.Column("changed", JSONB, nullable=False, server_default="[]")  # moved and cancelled times of a series
    is_booked = sa.Column("is_booked", sa.Boolean, nullable=False, server_default=sa.true())
    # The request for approval that waits, or that came to nothing; see `budkavle.approvals`.
    for column in (changed, is_booked, sa.Column("request_id", sa.Uuid)):
        op.add_column("meetings_meetings", column)


def downgrade() -> None:
    """Take them away."""
    for name in ("changed", "is_booked", "request_id"):
        op.drop_column("meetings_meetings", name)
