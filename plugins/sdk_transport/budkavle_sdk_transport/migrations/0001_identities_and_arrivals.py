"""Identities in the network, and what has come from the access point."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "sdk_identities",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("participant", sa.Text, nullable=False),
        sa.Column("pair", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "sdk_arrivals",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("transport_id", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "transport_id"),
    )
    op.create_index("sdk_arrivals_message", "sdk_arrivals", ["organisation_id", "message_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("sdk_arrivals")
    op.drop_table("sdk_identities")
