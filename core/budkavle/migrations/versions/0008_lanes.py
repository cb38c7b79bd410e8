"""Each transport's deliveries are claimed apart; what was under way when a worker died is known; faults are told.

Workers of the version before go on with what they know: nothing that they use is taken away.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the tables and the functions."""
    op.add_column("deliveries", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("crashes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("schedule", sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(
        "deliveries_new",
        "deliveries",
        ["transport", "due_at", "id"],
        postgresql_where=sa.text("state = 'READY_TO_SEND' OR (state = 'WAITING_FOR_RETRY' AND attempt = 0)"),
    )
    op.create_index(
        "deliveries_again",
        "deliveries",
        ["transport", "due_at", "id"],
        postgresql_where=sa.text("state = 'SEND_IN_PROGRESS' OR (state = 'WAITING_FOR_RETRY' AND attempt > 0)"),
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "worker_faults",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "worker"),
    )
    op.execute((Path(__file__).parent / "0008_lanes.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away; workers of this version must have been stopped."""
    op.execute("DROP FUNCTION claim_lane(text, integer, interval)")
    op.execute("DROP FUNCTION claim_others(text[], integer, interval)")
    op.drop_table("worker_faults")
    op.drop_table("installation")
    op.drop_index("deliveries_again", "deliveries")
    op.drop_index("deliveries_new", "deliveries")
    op.drop_column("schedule", "fence")
    op.drop_column("deliveries", "crashes")
    op.drop_column("deliveries", "begun_at")
