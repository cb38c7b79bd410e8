"""When each participant came to a meeting and left it, and each participant's token in a column of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the column."""
    op.add_column("meetings_participants", sa.Column("token", sa.LargeBinary))  # sealed
    op.create_table(
        "meetings_attendance",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("participant_id", sa.Uuid, nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "participant_id", "came_at"),
    )
    op.create_index("meetings_attendance_meeting", "meetings_attendance", ["organisation_id", "meeting_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("meetings_attendance")
    op.drop_column("meetings_participants", "token")
