"""Registration: the deadline of each message, every decision about it, and how far the event log has been read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "records_registrations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("settled_at", sa.DateTime(timezone=True)),  # of the first decision; compared with the deadline
        sa.Column("settled_by", sa.Text, nullable=False),  # of the latest decision
        sa.Column("number", sa.LargeBinary),  # encrypted, and so is `about`
        sa.Column("number_word", sa.BigInteger),  # a keyed hash for finding a number
        sa.Column("about", sa.LargeBinary),
        sa.Column("hides_sender", sa.Boolean, nullable=False),
        sa.Column("hides_about", sa.Boolean, nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True)),  # when the message was destroyed
        sa.PrimaryKeyConstraint("organisation_id", "message_id"),
    )
    waiting, settled = "outcome IS NULL AND gone_at IS NULL", "outcome IS NOT NULL"
    for name, columns, only in (
        ("waiting", ["organisation_id", "late_from", "arrived_at", "message_id"], waiting),
        ("waiting_in", ["organisation_id", "mailbox_id", "late_from"], waiting),
        ("settled", ["organisation_id", "arrived_at", "message_id"], settled),
        ("settled_in", ["organisation_id", "mailbox_id", "arrived_at"], settled),
        ("numbers", ["organisation_id", "number_word"], "number_word IS NOT NULL"),
        ("cases", ["organisation_id", "case_id"], None),
        ("arrivals", ["organisation_id", "arrived_at"], None),
    ):
        where = sa.text(only) if only else None
        op.create_index(f"records_registrations_{name}", "records_registrations", columns, postgresql_where=where)
    op.create_table(
        "records_registration_log",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("number", sa.LargeBinary),
        sa.Column("about", sa.LargeBinary),
        sa.Column("reason", sa.LargeBinary),
        sa.Column("hides_sender", sa.Boolean, nullable=False),
        sa.Column("hides_about", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("records_registration_log_message", "records_registration_log", ["organisation_id", "message_id"])
    op.create_table(
        "records_registration_cursors",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "records_registration_reminders",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "records_registration_reminders",
        "records_registration_cursors",
        "records_registration_log",
        "records_registrations",
    ):
        op.drop_table(table)
