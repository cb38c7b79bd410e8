"""How many files could not be searched for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Open requests are searched again: their files were not searched before."""
    unread = sa.Column("unread_files", sa.Integer, nullable=False, server_default="0")
    op.add_column("disclosure_requests", unread)
    anew = "texts_after = NULL, texts_read = 0, texts_done_at = NULL"
    op.execute(f"UPDATE disclosure_requests SET {anew} WHERE state <> 'closed'")  # noqa: S608 - our own words


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("disclosure_requests", "unread_files")
