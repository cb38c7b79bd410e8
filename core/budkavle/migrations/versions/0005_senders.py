"""What the address books said of who sent a message."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it, and the way to those that are to be asked about again."""
    op.add_column("messages", sa.Column("sender_check", sa.Text(), nullable=True))
    op.create_index(
        "messages_unchecked",
        "messages",
        ["organisation_id", "transport", "created_at"],
        postgresql_where=sa.text("sender_check = 'unchecked'"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_index("messages_unchecked", "messages")
    op.drop_column("messages", "sender_check")
