"""The position in the log: a number, or NULL before reading has begun."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the numbers nullable; 0 meant that nothing had been read."""
    for name in ("acts", "openings"):
        op.alter_column("log_control_marks", name, nullable=True)
        op.execute(f"UPDATE log_control_marks SET {name} = NULL WHERE {name} = 0")  # noqa: S608 - one of two names
    op.drop_column("log_control_marks", "since")


def downgrade() -> None:
    """Let the last week be read again."""
    for name in ("acts", "openings"):
        op.execute(f"UPDATE log_control_marks SET {name} = 0 WHERE {name} IS NULL")  # noqa: S608 - one of two names
        op.alter_column("log_control_marks", name, nullable=False)
    op.add_column("log_control_marks", sa.Column("since", sa.DateTime(timezone=True), server_default=sa.func.now()))
    op.alter_column("log_control_marks", "since", nullable=False, server_default=None)
