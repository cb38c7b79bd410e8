"""The case that a file was saved from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files_origins",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
        ),
    )
    op.create_index("files_origins_case", "files_origins", ["organisation_id", "case_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("files_origins")
