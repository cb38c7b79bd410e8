"""What makes a message's way quick: whether it came with warnings in the open, and no packing of what is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SEALED = (("messages", "body"), ("messages", "evidence"), ("deliveries", "wire"), ("receipts", "evidence"))


def upgrade() -> None:
    """Add the column; and let the server not try to pack ciphertext, which never gets smaller."""
    op.add_column("messages", sa.Column("warned", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("UPDATE messages SET warned = true WHERE state = 'RECEIVED_WITH_WARNINGS'")
    for table, column in _SEALED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Take it away."""
    for table, column in _SEALED:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTENDED")
    op.drop_column("messages", "warned")
