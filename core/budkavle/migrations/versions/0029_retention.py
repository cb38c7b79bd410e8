"""Days after which messages are destroyed: from when they count, and whether the database's clock is believed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# A message that comes while the clock has gone back must not count as older than it is. No clock: no worker has looked.
CLOCK = """
CREATE FUNCTION message_clock() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT greatest(now(), (SELECT max(c.believed_at) FROM clocks c))
$$
"""
LIVE = sa.text("state IS DISTINCT FROM 'DELETED'")


def upgrade() -> None:
    """Add the columns, the index and the table; what is there counts from when it came."""
    op.create_table(
        "clocks",
        sa.Column("boot", sa.Text, primary_key=True),
        sa.Column("booted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("believed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubted_after", sa.Interval),
        sa.Column("doubted_booted_at", sa.DateTime(timezone=True)),
    )
    op.execute(CLOCK)
    op.add_column("messages", sa.Column("kept_from", sa.DateTime(timezone=True)))
    op.add_column("messages", sa.Column("destroyed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE messages SET kept_from = created_at")
    op.alter_column("messages", "kept_from", nullable=False, server_default=sa.text("message_clock()"))
    columns = ["organisation_id", "mailbox_id", "kept_from", "id"]
    op.create_index("messages_kept", "messages", columns, postgresql_where=LIVE)


def downgrade() -> None:
    """Take them away."""
    op.drop_index("messages_kept", "messages")
    op.drop_column("messages", "destroyed_at")
    op.drop_column("messages", "kept_from")
    op.execute("DROP FUNCTION message_clock()")
    op.drop_table("clocks")
