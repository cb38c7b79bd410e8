"""What organisations say themselves of the rows of their register of processing."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "processing_notes",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("activity", sa.Text, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "activity"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("processing_notes")
