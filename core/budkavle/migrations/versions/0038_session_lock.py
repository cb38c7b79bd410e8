"""A session may be locked while its person is away: after how many minutes, and when they were last there."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("sessions", sa.Column("lock_minutes", sa.Integer))
    op.add_column("sessions", sa.Column("present_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("sessions", "present_at")
    op.drop_column("sessions", "lock_minutes")
