"""The word list is a section of the core's settings; the lists of organisations are handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hand them over, a word a line; `budkavle migrate` takes the table and drops it."""
    op.execute(
        "CREATE TABLE adviser_moved_settings AS SELECT organisation_id, 'words' AS section,"
        " jsonb_build_object('words', array_to_string(words, E'\\n')) AS chosen FROM adviser_words"
    )
    op.drop_table("adviser_words")


def downgrade() -> None:
    """Make the table again, empty: what has been handed over stays with the core."""
    op.create_table(
        "adviser_words",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("words", sa.ARRAY(sa.Text), nullable=False),
    )
