"""Notices to people outside of the pages: what has been asked for, sealed, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "notices",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("about", sa.Uuid),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.Column("is_urgent", sa.Boolean, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("notices_once", "notices", ["organisation_id", "topic", "key"], unique=True)
    op.create_index("notices_about", "notices", ["organisation_id", "about"])
    op.create_index("notices_kind", "notices", ["organisation_id", "kind", "asked_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("notices")
