"""Parcels that the access point has taken and not yet told the outcome of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sdk_enqueued",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("transport_id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "transport_id"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("sdk_enqueued")
