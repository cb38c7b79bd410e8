"""A table of words that serves searches in texts, files and notes; a job fills it. And searches that people save."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and note where there are cases to be indexed; none is read here."""
    op.create_table(
        "search_words",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id", "word", "opened_at", "case_id", postgresql_include=["mailbox_id", "places"]
        ),
    )
    op.create_index(
        "search_words_mailbox",
        "search_words",
        ["organisation_id", "word", "mailbox_id", "opened_at", "case_id"],
        postgresql_include=["places"],
    )
    op.create_table(
        "search_cases",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.ARRAY(sa.BigInteger()), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("mark", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("done", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("organisation_id", "case_id"),
    )
    op.create_index(
        "search_cases_waiting",
        "search_cases",
        ["marked_at", "organisation_id"],
        postgresql_where=sa.text("mark <> done"),
    )
    op.create_table(
        "search_backfills",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "saved_searches",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("saved_searches_user", "saved_searches", ["organisation_id", "user_id", "saved_at"])
    op.execute(sa.text(Path(__file__).with_name("0040_search.sql").read_text("utf-8").replace(":", r"\:")))
    op.execute(
        "INSERT INTO search_backfills (organisation_id, last_id)"
        " SELECT id, '00000000-0000-0000-0000-000000000000' FROM organisations"
    )


def downgrade() -> None:
    """Take them away; searches find whole words of subjects, names and references as before."""
    op.execute("DROP TRIGGER cases_searched_opened ON cases")
    op.execute("DROP TRIGGER cases_searched_changed ON cases")
    op.execute("DROP TRIGGER messages_searched_gone ON messages")
    op.execute("DROP FUNCTION mark_searched_case()")
    op.execute("DROP FUNCTION mark_searched_message()")
    op.execute("DROP FUNCTION mark_case(uuid, uuid, boolean)")
    op.execute("DROP FUNCTION organisations_to_index()")
    for table in ("saved_searches", "search_backfills", "search_cases", "search_words"):
        op.drop_table(table)
