"""What the access point has rung about and no worker has looked at yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it belongs to no organisation, since a ring says only that there is something to ask about."""
    op.create_table("sdk_rings", sa.Column("bell", sa.Text, primary_key=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_table("sdk_rings")
