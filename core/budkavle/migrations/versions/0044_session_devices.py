"""A session says which browser it is in and from which network it was begun."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; sessions from before say neither."""
    op.add_column("sessions", sa.Column("device", sa.Text, nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("network", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("sessions", "network")
    op.drop_column("sessions", "device")
