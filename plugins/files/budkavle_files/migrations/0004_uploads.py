"""Unfinished uploads, and the space that they will take."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files_uploads",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),  # the file's id in the core's table
        sa.Column("parent_id", sa.Uuid),  # the catalogue of a new file
        sa.Column("entry_id", sa.Uuid),  # the file that it is a new version of
        sa.Column("owner_kind", sa.Text, nullable=False),  # whose space it takes
        sa.Column("owner_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),  # who sends it
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.BigInteger),  # a keyed hash, by which the browser finds it again
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("files_uploads_user", "files_uploads", ["organisation_id", "user_id", "fingerprint"])
    op.create_index("files_uploads_owner", "files_uploads", ["organisation_id", "owner_kind", "owner_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("files_uploads")
