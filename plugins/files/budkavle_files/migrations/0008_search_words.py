"""The search words of entries, as keyed hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "files_search_words",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("word", sa.BigInteger, nullable=False),  # keyed, of a name and of a text differently
        sa.Column("in_text", sa.Boolean, nullable=False),  # whether the note's text has it, or the entry's name
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "word"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
        ),
    )
    op.create_index("files_search_words_entries", "files_search_words", ["organisation_id", "word", "entry_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("files_search_words")
