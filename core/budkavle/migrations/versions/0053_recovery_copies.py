"""Copies of organisations' keys for a recovery key."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; `budkavle keys renew` fills it where there is a recovery key."""
    op.add_column("organisation_keys", sa.Column("recovery", sa.LargeBinary))


def downgrade() -> None:
    """Take it away, and with it what opens when the master key is lost."""
    op.drop_column("organisation_keys", "recovery")
    op.execute("DELETE FROM installation WHERE name = 'installation-key-recovery'")
