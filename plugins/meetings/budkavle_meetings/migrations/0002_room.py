"""The own room: the people in it, the signals between browsers, and the chat.

The first three tables are unlogged: after a crash of the database, browsers enter again within seconds.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNLOGGED = ["UNLOGGED"]


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "meetings_rooms",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("meeting_id"),
        prefixes=_UNLOGGED,
    )
    op.create_table(
        "meetings_seats",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("instance", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("signals", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("is_linked", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("state", JSONB(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("meeting_id", "seat"),
        prefixes=_UNLOGGED,
    )
    op.create_table(
        "meetings_signals",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("seat", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("meeting_id", "seat", "number"),
        prefixes=_UNLOGGED,
    )
    op.create_table(
        "meetings_chat",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "number"),
        sa.UniqueConstraint("meeting_id", "key"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("meetings_chat", "meetings_signals", "meetings_seats", "meetings_rooms"):
        op.drop_table(table)
