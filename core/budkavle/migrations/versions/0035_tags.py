"""Cases have tags of their mailbox, and a day by which they are to be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, the column and its index."""
    op.create_table(
        "tags",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("colour", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("tags_name", "tags", ["organisation_id", "mailbox_id", sa.text("lower(name)")], unique=True)
    op.create_table(
        "case_tags",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("tag_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id", "tag_id"),
    )
    op.create_index("case_tags_tag", "case_tags", ["organisation_id", "tag_id", "case_id"])
    op.add_column("cases", sa.Column("due_on", sa.Date))
    op.create_index(
        "cases_due",
        "cases",
        ["organisation_id", "mailbox_id", "state", "due_on", "id"],
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("cases_due", "cases")
    op.drop_column("cases", "due_on")
    op.drop_table("case_tags")
    op.drop_table("tags")
