"""Mailboxes that are destroyed some time after they were deleted, favourites in the navigation, drafts by mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("mailboxes", sa.Column("destroyed_at", sa.DateTime(timezone=True)))
    op.add_column("memberships", sa.Column("favourite", sa.Boolean, nullable=False, server_default=sa.text("false")))
    op.add_column("kept_drafts", sa.Column("mailbox_id", sa.Uuid))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("kept_drafts", "mailbox_id")
    op.drop_column("memberships", "favourite")
    op.drop_column("mailboxes", "destroyed_at")
