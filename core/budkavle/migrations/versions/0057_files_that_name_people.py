"""Uploads that have comments or tracked changes with names, which the page tells the writer."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what lies there already nothing is told."""
    op.add_column("attachments", sa.Column("names_people", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("attachments", "names_people")
