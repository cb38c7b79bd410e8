"""Messages to send, gateways' reports on them, and organisations' settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Claims due messages of all organisations under a lease, codes first, because somebody waits for them. Runs as the
# owner, past row-level security; ids only.
_CLAIM = """
CREATE FUNCTION sms_claim(most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, attempt integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE sms_outbox o
    SET state = 'SENDING', attempt = o.attempt + 1, due_at = now() + sms_claim.lease
    FROM (
        SELECT d.organisation_id, d.id FROM sms_outbox d
        WHERE d.state IN ('WAITING', 'SENDING') AND d.due_at <= now()
        ORDER BY d.kind <> 'code', d.due_at LIMIT sms_claim.most FOR UPDATE SKIP LOCKED
    ) due
    WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.attempt
$$
"""

# Finds the message with a gateway's own identifier, before the organisation is known.
_FIND = """
CREATE FUNCTION sms_find(gateway text, remote_id text)
RETURNS TABLE (organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT o.organisation_id, o.id FROM sms_outbox o
    WHERE o.gateway = sms_find.gateway AND o.remote_id = sms_find.remote_id
    ORDER BY o.created_at DESC LIMIT 1
$$
"""


def upgrade() -> None:
    """Create the tables and functions."""
    _outbox()
    op.create_table(
        "sms_receipts",  # reports without a message so far: a receipt may arrive before the answer
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "remote_id", "state"),
    )
    op.create_table(
        "sms_gateways",  # the last result with each, for the health page; no message and no number
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("well_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sms_organisations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("notices", sa.Boolean, nullable=False),
        sa.Column("text_sv", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.execute(_CLAIM)
    op.execute(_FIND)


def _outbox() -> None:
    op.create_table(
        "sms_outbox",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Uuid),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # number, sender and text; the text is deleted when sent
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gateway", sa.Text, nullable=False, server_default=""),
        sa.Column("remote_id", sa.Text),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(  # one notice for each delivery
        "sms_outbox_once", "sms_outbox", ["organisation_id", "kind", "delivery_id"], unique=True
    )
    op.create_index(
        "sms_outbox_due", "sms_outbox", ["due_at"], postgresql_where=sa.text("state IN ('WAITING', 'SENDING')")
    )
    op.create_index("sms_outbox_remote", "sms_outbox", ["gateway", "remote_id"])
    op.create_index("sms_outbox_list", "sms_outbox", ["organisation_id", "created_at"])


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION sms_claim(integer, interval)")
    op.execute("DROP FUNCTION sms_find(text, text)")
    for table in ("sms_organisations", "sms_gateways", "sms_receipts", "sms_outbox"):
        op.drop_table(table)
