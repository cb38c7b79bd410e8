"""How many times somebody has done what the event log counts instead of telling each time."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what stands there was told each time."""
    op.add_column("traces", sa.Column("times", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("traces", "times")
