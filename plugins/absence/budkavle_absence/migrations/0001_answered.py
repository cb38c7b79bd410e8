"""The senders who have had the automatic reply during an absence."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "absence_answered",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("absence", sa.Text, nullable=False),
        sa.Column("sender", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "absence", "sender"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("absence_answered")
