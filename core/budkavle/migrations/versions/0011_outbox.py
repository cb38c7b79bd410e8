"""The outboxes of plugins: what they have queued to be done, sealed, until it is done or given up."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the function that claims over all organisations."""
    op.create_table(
        "outbox",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("outbox_once", "outbox", ["organisation_id", "queue", "key"], unique=True)
    op.create_index("outbox_due", "outbox", ["queue", "due_at"], postgresql_where=sa.text("state <> 'PARKED'"))
    op.execute((Path(__file__).parent / "0011_outbox.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION claim_outbox(text, integer, interval)")
    op.drop_table("outbox")
