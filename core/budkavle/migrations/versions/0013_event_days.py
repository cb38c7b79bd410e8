"""The event log by kind and time, and how often something happened by day and mailbox."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, the table, and the function that reads an entry's day and mailbox."""
    op.create_index("audit_log_kind", "audit_log", ["organisation_id", "kind", "at"])
    op.create_table(
        "event_days",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "day", "mailbox_id"),
    )
    op.execute((Path(__file__).parent / "0013_event_days.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION event_day(timestamptz, text, text)")
    op.drop_table("event_days")
    op.drop_index("audit_log_kind", "audit_log")
