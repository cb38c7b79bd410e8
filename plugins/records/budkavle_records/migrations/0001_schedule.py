"""The retention schedule: its versions and kinds, and the kinds of mailboxes, cases and rules."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "records_plans",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.Column("kinds", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),  # of the imported file
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
        sa.Column("period", sa.Text, nullable=False),  # the period in words
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
        sa.Column("rule_id", sa.Uuid),  # the rule that set it; NULL if a person did
        sa.Column("moment", sa.LargeBinary),  # encrypted: the day that the time counts from, if a person has set it
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
        sa.Column("entry_number", sa.BigInteger, nullable=False),  # the last entry of the event log that was checked
        sa.PrimaryKeyConstraint("organisation_id"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("rule_marks", "rules", "case_kinds", "mailbox_kinds", "kinds", "plans"):
        op.drop_table(f"records_{table}")
