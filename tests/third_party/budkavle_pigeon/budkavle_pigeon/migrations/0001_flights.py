"""The book of flights."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pigeon_flights",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("bird", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "delivery_id"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("pigeon_flights")
