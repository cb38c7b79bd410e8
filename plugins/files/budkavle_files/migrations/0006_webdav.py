"""Application passwords for WebDAV, and the locks of its clients."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "files_passwords",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),  # its user's name for it
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("loa", sa.SmallInteger, nullable=False),  # the level that it carries
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "hash", name="files_passwords_hash"),
    )
    op.create_index("files_passwords_user", "files_passwords", ["organisation_id", "user_id"])
    op.create_table(
        "files_locks",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),  # the ids from the top of the tree down to what is locked
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("depth", sa.Text, nullable=False),
        sa.Column("owner", sa.LargeBinary, nullable=False),  # what the client says of itself, sealed
        sa.Column("seconds", sa.SmallInteger, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "token"),
    )
    op.create_index("files_locks_root", "files_locks", ["organisation_id", "root"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("files_locks")
    op.drop_table("files_passwords")
