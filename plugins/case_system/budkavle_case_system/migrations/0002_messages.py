"""What the case system confirmed of a message is found by the message, and not among all that it was ever told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "case_system_deliveries_message",
        "case_system_deliveries",
        ["organisation_id", "message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Do without it, as before."""
    op.drop_index("case_system_deliveries_message", "case_system_deliveries")
