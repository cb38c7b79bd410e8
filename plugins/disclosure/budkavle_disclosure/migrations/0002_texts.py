"""How far the texts of messages have been searched for each request, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (
    ("texts_after", sa.Uuid(), True),  # the last message that was read
    ("texts_read", sa.Integer(), False),
    ("texts_found", sa.LargeBinary(), True),  # encrypted: the cases by spelling
    ("texts_done_at", sa.DateTime(timezone=True), True),
)


def upgrade() -> None:
    """Add the columns; the search starts for the open requests."""
    for name, kind, optional in COLUMNS:
        default = None if optional else "0"
        op.add_column("disclosure_requests", sa.Column(name, kind, nullable=optional, server_default=default))


def downgrade() -> None:
    """Drop the columns."""
    for name, _, _ in COLUMNS:
        op.drop_column("disclosure_requests", name)
