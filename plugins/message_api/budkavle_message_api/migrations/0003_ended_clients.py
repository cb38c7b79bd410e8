"""A client that existed before a restore must be unblocked by somebody, or removed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time at which a client was blocked."""
    op.add_column("message_api_clients", sa.Column("ended_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop it: blocked clients regain access."""
    op.drop_column("message_api_clients", "ended_at")
