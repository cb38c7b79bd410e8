"""A receipt that comes before its delivery is known keeps its sender, which is then compared with the recipient."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; receipts that wait already, and those of the last release, have no sender to compare."""
    op.add_column("receipts", sa.Column("sender", sa.LargeBinary, nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("receipts", "sender")
