"""A draft may wait for the time when it is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("kept_drafts", sa.Column("send_at", sa.DateTime(timezone=True)))
    op.add_column("kept_drafts", sa.Column("send_as", sa.Uuid))
    op.add_column("kept_drafts", sa.Column("send_level", sa.Integer, nullable=False, server_default="0"))
    op.add_column("kept_drafts", sa.Column("send_failure", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away; what waits is a draft again, and is not sent."""
    for name in ("send_failure", "send_level", "send_as", "send_at"):
        op.drop_column("kept_drafts", name)
