"""Which provider has wrapped a key of an organisation, so that keys can be moved while everything runs."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; who wrapped the keys of before is not known: the settings say it."""
    op.add_column("organisation_keys", sa.Column("provider", sa.Text))


def downgrade() -> None:
    """Take it away; the keys must lie with the provider of the settings."""
    op.drop_column("organisation_keys", "provider")
