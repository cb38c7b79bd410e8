"""API clients and their tokens, messages they have deleted, and connections to other message services."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Finds the organisation of a client id, before the organisation is known. Runs as the owner, past row-level security.
_OF_CLIENT = """
CREATE FUNCTION message_api_of_client(client uuid) RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT c.organisation_id FROM message_api_clients c WHERE c.id = message_api_of_client.client AND c.issuer = ''
$$
"""

# The organisations that are clients of another message service; ids only.
_SERVED = """
CREATE FUNCTION message_api_served() RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.organisation_id FROM message_api_services s ORDER BY s.organisation_id
$$
"""

# Deletes what has expired, in all organisations.
_SWEEP = """
CREATE FUNCTION message_api_sweep() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH t AS (DELETE FROM message_api_tokens WHERE expires_at < now() RETURNING 1),
    a AS (DELETE FROM message_api_assertions WHERE expires_at < now() RETURNING 1),
    e AS (DELETE FROM message_api_exchanged WHERE step = 'done' AND at < now() - interval '90 days' RETURNING 1),
    r AS (
        DELETE FROM message_api_removed x WHERE NOT EXISTS (
            SELECT 1 FROM messages m WHERE m.organisation_id = x.organisation_id AND m.id = x.id
        ) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.organisation_id = x.organisation_id AND d.id = x.id)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM a) + (SELECT count(*) FROM e) + (SELECT count(*) FROM r)
$$
"""
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and functions."""
    _clients()
    op.create_table(
        "message_api_removed",  # messages that API clients have deleted: hidden from them, but kept in the mailboxes
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("removed_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "message_api_services",  # the message service that an organisation is a client of
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("token_url", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # our private key
        sa.Column("public", sa.Text, nullable=False),  # its public half, for the other side
        sa.Column("deletes", sa.Boolean, nullable=False),
        sa.Column("well_at", _AT),
        sa.Column("failed_at", _AT),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "message_api_exchanged",  # messages exchanged with the other service, until they are deleted there
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("delivery_id", sa.Uuid),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "direction", "remote_id"),
    )
    op.create_index("message_api_exchanged_step", "message_api_exchanged", ["organisation_id", "step", "at"])
    for function in (_OF_CLIENT, _SERVED, _SWEEP):
        op.execute(function)


def _clients() -> None:
    op.create_table(
        "message_api_clients",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False, server_default=""),  # a name in the settings; empty: our own
        sa.Column("subject", sa.Text, nullable=False),  # its id at the issuer
        sa.Column("mailbox_id", sa.Uuid),  # the only mailbox that it may use; NULL: as auth_ids say
        sa.Column("auth_ids", ARRAY(sa.Text), nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("keys", sa.Text, nullable=False, server_default=""),  # its public keys, a JWK Set
        sa.Column("keys_url", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("used_at", _AT),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("message_api_clients_id", "message_api_clients", ["id"], unique=True)
    op.create_index(
        "message_api_clients_subject", "message_api_clients", ["organisation_id", "issuer", "subject"], unique=True
    )
    op.create_table(
        "message_api_tokens",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("client_id", sa.Uuid, nullable=False),
        sa.Column("scopes", ARRAY(sa.Text), nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "hash"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "client_id"],
            ["message_api_clients.organisation_id", "message_api_clients.id"],
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "message_api_assertions",  # used assertions
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "hash"),
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION message_api_of_client(uuid)")
    op.execute("DROP FUNCTION message_api_served()")
    op.execute("DROP FUNCTION message_api_sweep()")
    for table in ("exchanged", "services", "removed", "assertions", "tokens", "clients"):
        op.drop_table(f"message_api_{table}")
