"""The present writers of notes, and readings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "files_note_writers",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "user_id"),
        _of_entry(),
    )
    op.create_table(
        "files_readings",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("reader_id", sa.Uuid, nullable=False),  # the account, or the share of a guest
        sa.Column("number", sa.Integer, nullable=False),  # of the version
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),  # an opening is recorded once an hour
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "reader_id", "number", "hour"),
        _of_entry(),
    )
    op.create_index("files_readings_latest", "files_readings", ["organisation_id", "entry_id", "at"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("files_readings")
    op.drop_table("files_note_writers")


def _of_entry() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
    )
