"""Times that people book on the page of a function mailbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INT8RANGE, ExcludeConstraint

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Who books, and why, is stored sealed."""
    op.create_table(
        "meetings_appointment_pages",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False),  # in the page's address
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "meetings_appointments",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        # The page's number and the minutes, including the pause, as one range; this needs no PostgreSQL extension.
        sa.Column("span", INT8RANGE, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("meeting_id", sa.Uuid),  # once it is booked
        sa.Column("participant_id", sa.Uuid),
        sa.Column("changes", sa.Integer, nullable=False),  # how often the guest has moved it
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        ExcludeConstraint(
            ("span", "&&"), where=sa.text("state IN ('held', 'booked')"), name="meetings_appointments_once"
        ),
    )
    op.create_index("meetings_appointments_token", "meetings_appointments", ["organisation_id", "token_hash"])
    op.create_index(
        "meetings_appointments_start", "meetings_appointments", ["organisation_id", "mailbox_id", "starts_at"]
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("appointments", "appointment_pages"):
        op.drop_table(f"meetings_{table}")
