"""Which accounts a directory outside of the installation keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no directory has kept any account so far."""
    op.add_column("users", sa.Column("source", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("users", "source")
