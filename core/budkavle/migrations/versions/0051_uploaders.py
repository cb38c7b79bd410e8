"""Who without an account has uploaded a file: a plugin, or a system that it serves, each with a room of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what waits already it is not known which system has it."""
    op.add_column("attachments", sa.Column("uploader", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("attachments", "uploader")
