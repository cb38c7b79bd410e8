"""Properties that WebDAV clients set on entries."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files_properties",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("properties", sa.LargeBinary, nullable=False),  # XML by name, as JSON, sealed
        sa.PrimaryKeyConstraint("organisation_id", "entry_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("files_properties")
