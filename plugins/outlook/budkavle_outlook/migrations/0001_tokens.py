"""The browser that first presented a token."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "outlook_tokens",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("browser", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("outlook_tokens_expires", "outlook_tokens", ["expires_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("outlook_tokens")
