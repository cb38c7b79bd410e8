"""Disposal runs, the cases of each run, and the protocols."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "records_runs",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("plan_version", sa.Integer, nullable=False),
        sa.Column("judged_on", sa.Date, nullable=False),
        sa.Column("read_to", sa.Uuid),  # the last case that has been checked
        sa.Column("read", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary),  # encrypted
        sa.Column("approval_id", sa.Uuid),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("list_sha256", sa.Text, nullable=False),  # of the approved case IDs
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_table(
        "records_run_cases",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("kind_id", sa.Uuid),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("held_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),  # a sentence and its values
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "run_id", "case_id"),
    )
    op.create_index("records_run_cases_outcome", "records_run_cases", ["organisation_id", "run_id", "outcome"])
    op.create_table(
        "records_protocols",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("run_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),  # signed JSON, stored byte for byte
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "run_id"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("protocols", "run_cases", "runs"):
        op.drop_table(f"records_{table}")
