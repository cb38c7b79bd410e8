"""Who has had the automatic answer during an absence."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "absence_answered",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("absence", sa.Text, nullable=False),
        sa.Column("sender", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "absence", "sender"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("absence_answered")
