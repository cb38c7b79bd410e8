"""Requests to remove an organisation, how its event log is removed, and the index that counts open accounts."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the function."""
    op.create_table(
        "removals",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asker_id", sa.Uuid),
        sa.Column("decider_id", sa.Uuid),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    waiting = sa.text("state IN ('WAITING', 'APPROVED')")
    op.create_index("removals_once", "removals", ["subject_id"], unique=True, postgresql_where=waiting)
    op.create_index("users_open", "users", ["organisation_id"], postgresql_where=sa.text("active"))
    op.execute((Path(__file__).parent / "0025_removals.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION remove_event_log(uuid)")
    op.drop_index("users_open", "users")
    op.drop_table("removals")
