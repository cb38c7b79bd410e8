"""Expired rows are deleted by the function; hidden messages are swept by the job, which asks the core."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SWEEP = """
CREATE OR REPLACE FUNCTION message_api_sweep() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH t AS (DELETE FROM message_api_tokens WHERE expires_at < now() RETURNING 1),
    a AS (DELETE FROM message_api_assertions WHERE expires_at < now() RETURNING 1),
    e AS (DELETE FROM message_api_exchanged WHERE step = 'done' AND at < now() - interval '90 days' RETURNING 1)
    SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM a) + (SELECT count(*) FROM e)
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(_SWEEP)


def downgrade() -> None:
    """Do nothing: what the function deletes is no longer of use."""
