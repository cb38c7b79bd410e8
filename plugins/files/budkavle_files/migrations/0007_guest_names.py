"""The names of guests who have read or written, kept also after their shares have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files_guests",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("share_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),  # what was shared; the name goes with it
        sa.Column("mark", sa.Text, nullable=False),  # what replaces the name where it is not encrypted
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "share_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
        ),
    )
    op.create_index("files_guests_mark", "files_guests", ["organisation_id", "mark"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("files_guests")
