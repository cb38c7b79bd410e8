"""How far the texts of messages have been searched for a request, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (
    ("texts_after", sa.Uuid(), True),  # the last message that was read
    ("texts_read", sa.Integer(), False),
    ("texts_found", sa.LargeBinary(), True),  # sealed: the cases by spelling
    ("texts_done_at", sa.DateTime(timezone=True), True),
)


def upgrade() -> None:
    """Add the columns; what is open begins to be searched."""
    for name, kind, optional in COLUMNS:
        default = None if optional else "0"
        op.add_column("disclosure_requests", sa.Column(name, kind, nullable=optional, server_default=default))


def downgrade() -> None:
    """Take them away."""
    for name, _, _ in COLUMNS:
        op.drop_column("disclosure_requests", name)
