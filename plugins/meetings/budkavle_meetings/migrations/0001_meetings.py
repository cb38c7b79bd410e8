"""Meetings and their participants."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Texts, addresses and names are stored sealed."""
    op.create_table(
        "meetings_meetings",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.Column("organiser_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),  # the name of a meeting provider
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repeats", sa.Text, nullable=False),  # empty: once
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=False),  # the end of the last time of a series
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("meetings_meetings_over", "meetings_meetings", ["organisation_id", "mailbox_id", "over_at"])
    op.create_index("meetings_meetings_case", "meetings_meetings", ["organisation_id", "case_id"])
    op.create_table(
        "meetings_participants",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("meeting_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid),  # of participants with an account, who need no token
        sa.Column("token_hash", sa.LargeBinary),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),  # the name of an identity provider; empty: only the link
        sa.Column("loa", sa.Integer, nullable=False),
        sa.Column("identity", sa.LargeBinary),  # as verified
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("occurrence_at", sa.DateTime(timezone=True)),  # the time of the series to which the state applies
        sa.Column("waiting_at", sa.DateTime(timezone=True)),
        sa.Column("admitted_at", sa.DateTime(timezone=True)),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("meetings_participants_meeting", "meetings_participants", ["organisation_id", "meeting_id"])
    op.create_index(
        "meetings_participants_token", "meetings_participants", ["organisation_id", "token_hash"], unique=True
    )
    op.create_index(
        "meetings_participants_user", "meetings_participants", ["organisation_id", "meeting_id", "user_id"], unique=True
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("participants", "meetings"):
        op.drop_table(f"meetings_{table}")
