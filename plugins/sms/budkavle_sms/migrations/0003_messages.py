"""Messages become notices of the core; this table records which gateway has which. A job moves pending ones."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Finds the notice with a gateway's own identifier, before the organisation is known. Runs as the owner, past row-level
# security; ids only. `sms_find` stays for processes of the previous version.
_FIND = """
CREATE FUNCTION sms_find_message(gateway text, remote_id text)
RETURNS TABLE (organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.organisation_id, m.id FROM sms_messages m
    WHERE m.gateway = sms_find_message.gateway AND m.remote_id = sms_find_message.remote_id
    ORDER BY m.handed_at DESC LIMIT 1
$$
"""


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "sms_messages",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("sms_messages_remote", "sms_messages", ["gateway", "remote_id"])
    op.create_index("sms_messages_old", "sms_messages", ["organisation_id", "handed_at"])
    op.execute(_FIND)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION sms_find_message(text, text)")
    op.drop_table("sms_messages")
