"""A receipt that comes before its delivery is known keeps when to try again, which then counts."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; receipts that wait already leave it to the transport's backoff."""
    op.add_column("receipts", sa.Column("pause", sa.Interval, nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("receipts", "pause")
