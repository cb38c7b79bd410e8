"""Lists of users at any size: when each signed in last, who has been invited, and who is blocked for a while."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = {
    "users_name": ("users", ["organisation_id", "name", "id"]),
    "users_role": ("users", ["organisation_id", "role", "name", "id"]),
    "users_signed_in": ("users", ["organisation_id", "signed_in_at", "id"]),
    "identities_provider": ("identities", ["organisation_id", "provider", "user_id"]),
}


def upgrade() -> None:
    """Make the columns, the table of invitations and the indexes."""
    never = sa.text("'1970-01-01 00:00:00+00'")
    op.add_column("users", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False, server_default=never))
    op.add_column("users", sa.Column("blocked_until", sa.DateTime(timezone=True)))
    op.create_table(
        "invitations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_by", sa.Uuid),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id"),
    )
    op.create_index("invitations_hash", "invitations", ["organisation_id", "hash"], unique=True)
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    op.execute((Path(__file__).parent / "0019_user_list.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION mark_blocked(text, interval)")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_table("invitations")
    for name in ("blocked_until", "signed_in_at"):
        op.drop_column("users", name)
