"""The index by which the messages of a transport are found that wait for their receipt."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_index(
        "deliveries_waiting",
        "deliveries",
        ["organisation_id", "transport", "changed_at"],
        postgresql_where=sa.text("purpose = 'message' AND state = 'WAITING_FOR_RECEIPT'"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("deliveries_waiting", "deliveries")
