"""The word list of each organisation that has changed it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "adviser_words",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("words", sa.ARRAY(sa.Text), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("adviser_words")
