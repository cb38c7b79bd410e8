"""What finds cases: a table of words that row-level security lets an index serve, and indexes for what was scanned."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, fill it, and let go of the index that the working role could not use."""
    op.create_table(
        "case_words",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "word", "mailbox_id", "case_id"),
    )
    op.execute(sa.text(Path(__file__).with_name("0006_words.sql").read_text("utf-8").replace(":", r"\:")))
    # Making the triggers has stopped all other writing to `cases` until the commit: nothing is missed.
    op.execute(
        "INSERT INTO case_words (organisation_id, word, mailbox_id, case_id)"
        " SELECT DISTINCT organisation_id, unnest(words), mailbox_id, id FROM cases"
    )
    op.drop_index("cases_words", "cases")
    op.create_index("cases_number", "cases", ["organisation_id", "number"])
    op.create_index(
        "cases_active",
        "cases",
        ["organisation_id", "mailbox_id", sa.literal_column("active_at DESC"), sa.literal_column("id DESC")],
        postgresql_where=sa.text("messages > 0 AND state <> 'binned'"),
    )
    parked = sa.text("state IN ('SEND_FAILURE', 'NOT_FOUND', 'REJECTED')")
    op.create_index("deliveries_parked", "deliveries", ["organisation_id", "transport"], postgresql_where=parked)


def downgrade() -> None:
    """Take them away; the words themselves stand in the cases."""
    op.drop_index("deliveries_parked", "deliveries")
    op.drop_index("cases_active", "cases")
    op.drop_index("cases_number", "cases")
    op.create_index("cases_words", "cases", ["words"], postgresql_using="gin")
    op.execute("DROP TRIGGER cases_words_changed ON cases")
    op.execute("DROP TRIGGER cases_words_opened ON cases")
    op.execute("DROP FUNCTION index_case_words()")
    op.drop_table("case_words")
