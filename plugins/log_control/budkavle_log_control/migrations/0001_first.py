"""The position in the event log, samples, selected openings, and verdicts."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _organisation() -> sa.Column[UUID]:
    return sa.Column("organisation_id", sa.Uuid, nullable=False)


def upgrade() -> None:
    """Create the tables. They hold ids, times and verdicts; unpublished seeds and notes are stored sealed."""
    op.create_table(
        "log_control_marks",
        _organisation(),
        sa.Column("acts", sa.BigInteger, nullable=False),  # the last act that has been processed
        sa.Column("openings", sa.BigInteger, nullable=False),  # the last opening
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),  # when that one happened
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "log_control_acts",
        _organisation(),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "mailbox_id"),
    )
    op.create_table(
        "log_control_draws",
        _organisation(),
        sa.Column("week", sa.Date, nullable=False),  # its Monday
        sa.Column("seed", sa.LargeBinary, nullable=False),
        sa.Column("openings", sa.BigInteger, nullable=False),  # how many it was drawn from
        sa.Column("drawn_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "week"),
    )
    op.create_table(
        "log_control_candidates",
        _organisation(),
        sa.Column("week", sa.Date, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),  # the whole organisation, or a mailbox's id
        sa.Column("number", sa.BigInteger, nullable=False),  # of the event log entry
        sa.Column("score", sa.Text, nullable=False),  # the lowest ones are drawn
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reader_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),
        sa.PrimaryKeyConstraint("organisation_id", "week", "pool", "number"),
    )
    op.create_table(
        "log_control_counts",
        _organisation(),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("kept", sa.Integer, nullable=False),  # those selected for review
        sa.PrimaryKeyConstraint("organisation_id", "day", "reason"),
    )
    op.create_table(
        "log_control_items",
        _organisation(),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("reader_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),
        sa.Column("waits", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("note", sa.LargeBinary),
        sa.Column("reviewed_by", sa.Text),
        sa.Column("reviewer_id", sa.Uuid),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_index("log_control_items_at", "log_control_items", ["organisation_id", "waits", "at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("items", "counts", "candidates", "draws", "acts", "marks"):
        op.drop_table(f"log_control_{table}")
