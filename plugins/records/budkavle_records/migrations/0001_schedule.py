"""The retention schedule: its versions and kinds, and which kind mailboxes, cases and rules have."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "records_plans",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.Column("kinds", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),  # of the file that was imported
        sa.PrimaryKeyConstraint("organisation_id", "version"),
    )
    op.create_table(
        "records_kinds",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind_id", sa.Uuid, nullable=False),  # the same in each version of the plan
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("klass", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("registration", sa.Text, nullable=False),
        sa.Column("storage", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),  # the days in words
        sa.Column("counts_from", sa.Text, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("preserve", sa.Boolean, nullable=False),
        sa.Column("archive_years", sa.Integer),
        sa.Column("secrecy", sa.Text, nullable=False),
        sa.Column("legal_ground", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "version", "kind_id"),
    )
    op.create_table(
        "records_mailbox_kinds",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("kind_id", sa.Uuid, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id"),
    )
    op.create_table(
        "records_case_kinds",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("kind_id", sa.Uuid),
        sa.Column("rule_id", sa.Uuid),  # the rule that set it; a person did where it is NULL
        sa.Column("moment", sa.LargeBinary),  # sealed: the day that the time counts from, where a person has said it
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id"),
    )
    op.create_table(
        "records_rules",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("kind_id", sa.Uuid, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "records_rule_marks",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_number", sa.BigInteger, nullable=False),  # the last entry of the event log that was judged
        sa.PrimaryKeyConstraint("organisation_id"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("rule_marks", "rules", "case_kinds", "mailbox_kinds", "kinds", "plans"):
        op.drop_table(f"records_{table}")
