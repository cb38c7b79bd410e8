"""An index for finding what the case system confirmed by message, without a search through all deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "case_system_deliveries_message",
        "case_system_deliveries",
        ["organisation_id", "message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("case_system_deliveries_message", "case_system_deliveries")
