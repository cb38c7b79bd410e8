"""What may be used once: assertions, and what is handed from one request to the next."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "eid_once",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("eid_once_expires", "eid_once", ["expires_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("eid_once")
