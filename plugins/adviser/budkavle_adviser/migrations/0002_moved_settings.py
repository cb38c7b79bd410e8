"""The word list becomes a section of the core's settings, and the lists of organisations are moved there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Prepare the move, with a word per line. `budkavle migrate` imports the table and drops it."""
    op.execute(
        "CREATE TABLE adviser_moved_settings AS SELECT organisation_id, 'words' AS section,"
        " jsonb_build_object('words', array_to_string(words, E'\\n')) AS chosen FROM adviser_words"
    )
    op.drop_table("adviser_words")


def downgrade() -> None:
    """Create the table again, empty. What has been moved stays with the core."""
    op.create_table(
        "adviser_words",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("words", sa.ARRAY(sa.Text), nullable=False),
    )
